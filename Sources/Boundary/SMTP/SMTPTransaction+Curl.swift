// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Mail

extension SMTPTransaction {
    /// True when an address needs SMTPUTF8 (RFC 6531).
    var needsUTF8: Bool { sender?.isASCII == false || !recipients.allSatisfy(\.isASCII) }

    /// The size of the content as sent, without the final dot.
    ///
    /// libcurl 7.88 takes the content for complete as soon as it has *written* as many bytes as the size says, and
    /// counts the dots that it stuffs. With the plain size a message with many such dots would lose its end.
    var wireSize: Int {
        let dot = UInt8(ascii: ".")
        let bytes = content.span
        var stuffed = 0
        for position in bytes.indices.dropFirst()
        where bytes[position] == dot && bytes[position - 1] == UInt8(ascii: "\n") { stuffed += 1 }
        return content.count + stuffed + (content.first == dot ? 1 : 0)
    }

    /// Why the transaction must not be sent to a server, in plain words; nil when it may.
    ///
    /// Every address was checked when it was created. This is the last check before sending: libcurl 7.88 writes CR
    /// and LF in an address unchanged, so that a second command could be injected.
    var fault: String? {
        guard !recipients.isEmpty else { return "there is no recipient" }
        guard sender?.isWritable != false else {
            return "the sender address holds a character that cannot stand in an SMTP command"
        }
        guard recipients.allSatisfy(\.isWritable) else {
            return "a recipient address holds a character that cannot stand in an SMTP command"
        }
        return nil
    }
}

extension EmailAddress {
    fileprivate var isWritable: Bool {
        !local.isEmpty && !domain.isEmpty && local.utf8.allSatisfy(Self.isWritable)
            && domain.utf8.allSatisfy(Self.isWritable)
    }

    private static func isWritable(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
    }
}

extension SMTPCredentials {
    /// The SASL mechanisms of which the server must offer one; empty without credentials.
    var mechanismNames: [String] {
        switch self {
        case .none: []
        case .password(_, _, let mechanisms): (mechanisms.isEmpty ? [.plain, .login] : mechanisms).map(\.rawValue)
        case .xoauth2: ["XOAUTH2"]
        }
    }
}

extension SMTPEndpoint {
    /// The URL for libcurl; its path is the name sent in EHLO.
    ///
    /// Nil for an invalid host or port.
    var url: String? {
        guard !host.isEmpty, host.utf8.allSatisfy(Self.isHostByte), 1...65535 ~= port else { return nil }
        let scheme = security == .implicit ? "smtps" : "smtp"
        let authority = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return "\(scheme)://\(authority):\(port)/\(PercentEncoding.encode(hostName))"
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || ".-:_".utf8.contains(byte)
    }
}

extension SMTPOutcome {
    /// An outcome without a reply of the server.
    static func failed(at stage: Stage, _ failure: Failure, _ detail: String) -> SMTPOutcome {
        SMTPOutcome(stage: stage, failure: failure, reply: nil, recipients: [], detail: detail)
    }
}

extension SMTPReply {
    /// True for a 2yz reply (RFC 5321 section 4.2.1).
    var isPositive: Bool { code / 100 == 2 }
}
