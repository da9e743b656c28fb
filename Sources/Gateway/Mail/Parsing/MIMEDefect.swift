// SPDX-License-Identifier: Apache-2.0

/// Something in a message that breaks its format, and that the parser passed over.
public struct MIMEDefect: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A first line `From …`, as mailbox files have it; it belongs to no field.
        case mailboxLine = "the message starts with the From line of a mailbox file"
        /// The first line that is no header field ends the header.
        case noEmptyLine = "no empty line ends the header"
        case repeatedField = "a field occurs twice that may occur once; the first one counts"
        case badContentType = "the Content-Type names no type; it counts as text/plain"
        case unknownEncoding = "the transfer encoding is unknown; the content is taken as it is"
        case noBoundary = "the multipart names no boundary"
        case otherBoundary = "the boundary of the multipart occurs nowhere"
        case unclosedMultipart = "no closing delimiter ends the multipart"
        case tooDeep = "parts are nested deeper than the limit; the innermost are one part"
        case headerTooLarge = "a header is larger than the limit; the rest of it is content"
        case tooManyParts = "there are more parts than the limit; the rest is one part"

        /// True when the parser left structure unread because of a limit.
        var isLimit: Bool { self == .tooDeep || self == .tooManyParts || self == .headerTooLarge }
    }

    public let kind: Kind
    /// Where it is in the octets of the message.
    public let position: Int

    public var description: String { "\(kind.rawValue) (octet \(position))" }
}
