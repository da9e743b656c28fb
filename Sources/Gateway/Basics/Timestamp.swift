// SPDX-License-Identifier: Apache-2.0

/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Sendable, Hashable, Comparable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public static let distantPast = Timestamp(milliseconds: 0)
    public static let distantFuture = Timestamp(milliseconds: 253_402_300_799_999)

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    public static func + (moment: Timestamp, span: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds + span.milliseconds)
    }

    public static func - (moment: Timestamp, span: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds - span.milliseconds)
    }

    /// The time from `right` to `left`, negative when `left` is earlier.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(left.milliseconds - right.milliseconds)
    }
}

/// Where the rules get the time from: the outermost shell hands in the real clock, a test one that it moves by hand.
public typealias Clock = @Sendable () -> Timestamp
