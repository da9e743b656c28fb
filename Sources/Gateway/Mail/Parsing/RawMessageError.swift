// SPDX-License-Identifier: Apache-2.0

/// Why a raw message is refused: all its faults.
public struct RawMessageError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Fault: Sendable, Hashable, CustomStringConvertible {
        public enum Kind: Sendable, Hashable {
            /// The header has too many octets or too many fields.
            case headerTooLarge
            /// The message passed through too many servers.
            case loop
            /// The header or an octet of the message breaks the format.
            case format
            /// A field with an option has a bad value.
            case option
        }

        public let kind: Kind
        /// The name of the header field; nil when the fault lies in no field.
        public let field: String?
        /// What is wrong and what to do, in one sentence that quotes no content.
        public let detail: String

        init(_ kind: Kind, field: String? = nil, _ detail: String) {
            (self.kind, self.field, self.detail) = (kind, field, detail)
        }

        public var description: String { field.map { "\($0): \(detail)" } ?? detail }
    }

    /// One or more, with the number of the others when there are many.
    public let faults: [Fault]

    init(_ faults: [Fault]) {
        self.faults = Self.limited(faults)
    }

    /// The most faults that are named: a person mends no more at a time, and a message can have a hundred thousand.
    private static let limit = 50

    /// The first faults, and how many more there are.
    static func limited(_ faults: [Fault]) -> [Fault] {
        guard faults.count > limit else { return faults }
        let first = faults.prefix(limit - 1)
        let rest = "There are \(faults.count - first.count) more faults of this kind."
        return first + [Fault(first.last?.kind ?? .format, rest)]
    }

    public var description: String { faults.map(\.description).joined(separator: " ") }

    /// The reply code of SMTP and its enhanced code (RFC 5321, RFC 5248) for the gravest of the faults.
    public var reply: (code: Int, enhanced: String) {
        if faults.contains(where: { $0.kind == .headerTooLarge }) { return (552, "5.3.4") }
        return faults.contains { $0.kind == .loop } ? (554, "5.4.6") : (554, "5.6.0")
    }
}
