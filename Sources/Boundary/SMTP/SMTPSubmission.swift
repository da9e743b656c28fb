// SPDX-License-Identifier: Apache-2.0

/// One MAIL, its RCPTs and one DATA.
package struct SMTPSubmission: Sendable {
    package var login: SMTPLogin
    /// The envelope sender without angle brackets; empty is the empty path `<>`.
    package var sender: String
    package var recipients: [String]
    /// The message with CRLF line ends, not dot-stuffed.
    package var content: [UInt8]

    package init(login: SMTPLogin, sender: String, recipients: [String], content: [UInt8]) {
        self.login = login
        self.sender = sender
        self.recipients = recipients
        self.content = content
    }
}

extension SMTPSubmission {
    /// True when an address needs SMTPUTF8 (RFC 6531).
    var needsUTF8: Bool { ([sender] + recipients).contains { !$0.utf8.allSatisfy { $0 < 0x80 } } }

    /// The size of the content as it goes over the wire, the final dot not counted.
    ///
    /// libcurl 7.88 takes the content for complete as soon as it has *written* as many bytes as the size says, and counts the
    /// dots that it stuffs. With the plain size a message with many such dots would lose its end.
    var wireSize: Int {
        let dot = UInt8(ascii: ".")
        let bytes = content.span
        var stuffed = 0
        for position in bytes.indices.dropFirst()
        where bytes[position] == dot && bytes[position - 1] == UInt8(ascii: "\n") { stuffed += 1 }
        return content.count + stuffed + (content.first == dot ? 1 : 0)
    }

    /// What keeps the submission from being written to a server, in plain words; nil when nothing does.
    ///
    /// libcurl 7.88 writes CR and LF in an address as they are, so that a second command could be smuggled in.
    var fault: String? {
        guard !recipients.isEmpty else { return "there is no recipient" }
        guard sender.utf8.allSatisfy(Self.isAddressByte) else {
            return "the sender address holds a character that cannot stand in an SMTP command"
        }
        guard recipients.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isAddressByte) }) else {
            return "a recipient address holds a character that cannot stand in an SMTP command"
        }
        return nil
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
    }
}
