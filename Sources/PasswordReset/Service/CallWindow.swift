// SPDX-License-Identifier: Apache-2.0
import Basics

/// A sliding window of calls under one limit; a value of bounded size.
///
/// A limit of up to 32 calls is exact. Above that, calls are counted in slices of a 16th of the span, each of which counts until
/// the span after its end is over: the limit is never exceeded in any span, and a call may wait up to one slice longer.
struct CallWindow: Sendable, Hashable {
    private static let exact = 32
    private static let slices = 16

    private struct Slice: Hashable {
        let moment: Int64
        var count: Int
    }

    private let limit: Limit
    private var calls: [Slice] = []

    /// Parses ``text``: `MOMENT` or `MOMENTxCOUNT`, separated by blanks; invalid parts are ignored.
    init(_ limit: Limit, stored text: String) {
        self.limit = limit
        calls = text.utf8.split(separator: UInt8(ascii: " ")).compactMap { part in
            let words = part.split(separator: UInt8(ascii: "x"))
            guard let moment = words.first.flatMap({ Int64(Substring($0)) }) else { return nil }
            return Slice(moment: moment, count: words.count > 1 ? Int(Substring(words[1])) ?? 1 : 1)
        }
    }

    var text: String {
        var text = ""
        text.reserveCapacity(calls.count * 20)
        for slice in calls {
            if !text.isEmpty { text += " " }
            text += String(slice.moment)
            if slice.count > 1 { text += "x" + String(slice.count) }
        }
        return text
    }

    /// When the next call is allowed; nil when it is allowed now.
    func fullUntil(_ now: Timestamp) -> Timestamp? {
        let since = (now - limit.span).milliseconds
        var count = 0
        // Counts from the newest: the slice that reaches the limit must expire first.
        for slice in calls.reversed() where slice.moment > since {
            count += slice.count
            if count >= limit.count { return Timestamp(milliseconds: slice.moment) + limit.span }
        }
        return nil
    }

    /// Counts a call.
    mutating func add(_ now: Timestamp) {
        let since = (now - limit.span).milliseconds
        calls.removeAll { $0.moment <= since }
        let moment = self.moment(now)
        if let last = calls.indices.last, calls[last].moment == moment {
            calls[last].count += 1
        } else {
            calls.append(Slice(moment: moment, count: 1))
        }
    }

    private func moment(_ now: Timestamp) -> Int64 {
        guard limit.count > Self.exact else { return now.milliseconds }
        let length = max(1, limit.span.milliseconds / Int64(Self.slices))
        return (now.milliseconds / length + 1) * length
    }
}
