// SPDX-License-Identifier: Apache-2.0

/// An enhanced status code (RFC 3463), such as `5.1.1`.
public struct EnhancedStatusCode: Sendable, Hashable, CustomStringConvertible {
    /// 2 for success, 4 for a temporary failure, 5 for a permanent one.
    public let level: Int
    /// What it is about: 1 the address, 2 the mailbox, 3 the system, 4 the network, 5 the protocol, 6 the content, 7 policy.
    public let subject: Int
    public let detail: Int

    public init(_ level: Int, _ subject: Int, _ detail: Int) {
        (self.level, self.subject, self.detail) = (level, subject, detail)
    }

    /// Reads `5.1.1`; nil for another text.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 1, let level = Int(parts[0]), [2, 4, 5].contains(level) else {
            return nil
        }
        var numbers: [Int] = []
        for part in parts.dropFirst() {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
                let number = Int(part)
            else { return nil }
            numbers.append(number)
        }
        self.init(level, numbers[0], numbers[1])
    }

    public var description: String { "\(level).\(subject).\(detail)" }
}
