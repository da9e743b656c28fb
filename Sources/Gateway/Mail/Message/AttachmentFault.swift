// SPDX-License-Identifier: Apache-2.0

/// All that is wrong with one attachment.
public struct AttachmentFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The member of a send request's attachment that is at fault; the raw value is its name there.
    public enum Field: String, Sendable, Hashable, CaseIterable {
        case fileName = "filename"
        case contentType = "content_type"
        case contentID = "content_id"
        case disposition
    }

    /// One thing that is wrong, in one plain sentence that quotes nothing.
    public struct Flaw: Sendable, Hashable {
        public let field: Field
        public let detail: String

        init(_ field: Field, _ detail: String) {
            self.field = field
            self.detail = detail
        }
    }

    /// At least one.
    public let flaws: [Flaw]

    init(_ flaws: [Flaw]) {
        self.flaws = flaws
    }

    public var description: String { flaws.map(\.detail).joined(separator: " ") }
}
