// SPDX-License-Identifier: Apache-2.0

/// A reply of the server: a code, an enhanced status code (RFC 3463) and lines of text (RFC 5321 section 4.2).
package struct SMTPReply: Sendable, Hashable {
    /// Why a client or its mail was refused, for metrics; the words are part of the contract.
    package enum Refusal: String, Sendable, Hashable, CaseIterable {
        /// A failed login, or a login that the listener does not take.
        case login
        /// MAIL or RCPT without a login.
        case unauthenticated
        /// A sender that the key may not use.
        case sender
        /// An address that cannot be used.
        case address
        case recipients
        case size
        /// The message itself: header, line ends, NUL, options.
        case content
        /// The store, or a limit of the key; the client may try again.
        case temporary
        /// A command that is unknown, malformed or out of order.
        case command
        /// A client that does not speak SMTP, or that sent input ahead of a reply.
        case foreign
        /// Too many errors, logins or commands without mail.
        case limits
        case timeout
        /// Too many connections.
        case connections
        case stopping
    }

    package let code: Int
    /// Without the blank; nil where RFC 2034 has none: the greeting, EHLO, and 3yz.
    package let status: String?
    package let lines: [String]
    package let refusal: Refusal?

    /// The longest line of a reply with its CRLF (RFC 5321 section 4.5.3.1.5).
    private static let longestLine = 512

    /// `text` is written in several lines when one is too short for it.
    package init(_ code: Int, _ status: String?, _ text: String, refusal: Refusal? = nil) {
        let room = Self.longestLine - 6 - (status.map { $0.utf8.count + 1 } ?? 0)
        self.init(code, status, lines: Self.wrapped(Self.plain(text), to: room), refusal: refusal)
    }

    init(_ code: Int, _ status: String?, lines: [String], refusal: Refusal? = nil) {
        (self.code, self.status, self.lines, self.refusal) = (code, status, lines, refusal)
    }

    /// True when the client did what it should not have done; 4yz is no error of the client.
    var isError: Bool { code >= 500 }

    /// True for a temporary refusal.
    var isTemporary: Bool { (400..<500).contains(code) }

    /// True for "authentication required": a login before this reply counts no longer, and the client may log in again.
    var forgetsLogin: Bool { code == 530 }

    /// The bytes on the wire; each line repeats the codes.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for (position, line) in lines.enumerated() {
            let separator = position == lines.count - 1 ? " " : "-"
            bytes += "\(code)\(separator)\(status.map { "\($0) " } ?? "")\(line)\r\n".utf8
        }
        return bytes
    }

    /// Printable ASCII only: a reply never carries a line break or a control character of a client.
    private static func plain(_ text: String) -> String {
        String(
            decoding: text.unicodeScalars.map { (0x20..<0x7F).contains($0.value) ? UInt8($0.value) : 0x3F },
            as: UTF8.self
        )
    }

    private static func wrapped(_ text: String, to room: Int) -> [String] {
        var lines: [String] = []
        var rest = Array(text.utf8)[...]
        while rest.count > room {
            let blank = rest.prefix(room).lastIndex(of: 0x20) ?? rest.startIndex
            let cut = blank > rest.startIndex ? blank : rest.startIndex + room
            lines.append(String(decoding: rest[..<cut], as: UTF8.self))
            rest = rest[cut...].drop { $0 == 0x20 }
        }
        return lines + [String(decoding: rest, as: UTF8.self)]
    }
}
