// SPDX-License-Identifier: Apache-2.0

/// Mail that should leave by one provider left, or was to leave, by another.
public struct Failover: Sendable, Hashable {
    public let from: String
    public let to: String

    public init(from: String, to: String) {
        self.from = from
        self.to = to
    }
}
