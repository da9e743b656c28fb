// SPDX-License-Identifier: Apache-2.0
package import Mail

/// The envelope sender of a mail.
package enum SMTPSender: Sendable, Hashable {
    /// `<>`: the mail is a report.
    case null
    case address(EmailAddress)
    /// A sender such as `root@host`, whose domain has one label, and of a report any other text. No mail can go there, but programs
    /// of a host use it.
    case unqualified(String)

    /// The sender as written, without angle brackets.
    package var text: String {
        switch self {
        case .null: ""
        case .address(let address): address.description
        case .unqualified(let text): text
        }
    }
}

/// Who a mail is from and for, and how it arrived.
package struct SMTPEnvelope: Sendable, Hashable {
    /// The way in which a mail was taken.
    package enum Admission: Sendable, Hashable {
        /// The client has logged in.
        case login
        /// The client's address is trusted.
        case trusted
        /// All recipients are in the bounce domain.
        case report
    }

    package var sender: SMTPSender
    /// Without duplicates, in the order of RCPT.
    package var recipients: [EmailAddress] = []
    package var admission: Admission
    /// The name in HELO or EHLO.
    package var helloName: String
    package var isExtended: Bool
    package var isEncrypted: Bool

    /// The protocol of a `Received` field (RFC 3848).
    package var protocolName: String {
        guard isExtended || isEncrypted || admission == .login else { return "SMTP" }
        return "ESMTP" + (isEncrypted ? "S" : "") + (admission == .login ? "A" : "")
    }
}
