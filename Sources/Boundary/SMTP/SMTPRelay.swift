// SPDX-License-Identifier: Apache-2.0

/// A mail server, and how to connect to it.
package struct SMTPRelay: Sendable, Hashable {
    package enum Security: Sendable, Hashable {
        /// TLS from the first byte (RFC 8314).
        case implicit
        case startTLSRequired
        case startTLSWhenOffered
        case none
    }

    package var host: String
    package var port: Int
    package var security: Security
    /// The name given in EHLO: a host name or an address literal in brackets.
    package var greetingName: String
    /// A file of trusted certificates in PEM form, in place of the system's.
    package var caFile: String?
    /// The one public key that is believed, `sha256//BASE64`; it takes the place of the certificate check.
    package var pinnedKey: String?
    package var timeouts: Timeouts
    /// How many connections may be open at once.
    package var connections: Int

    /// How long the other side may be silent.
    package struct Timeouts: Sendable, Hashable {
        /// Resolving, connecting and, with implicit TLS, the handshake.
        package var connect: Duration
        /// One reply, the STARTTLS handshake, or the taking of a piece of the content.
        package var reply: Duration
        /// The reply to the content.
        package var final: Duration

        package init(connect: Duration, reply: Duration, final: Duration) {
            self.connect = connect
            self.reply = reply
            self.final = final
        }
    }

    package init(
        host: String,
        port: Int,
        security: Security,
        greetingName: String,
        timeouts: Timeouts = Timeouts(connect: .seconds(10), reply: .seconds(60), final: .seconds(300)),
        connections: Int = 16
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.greetingName = greetingName
        self.timeouts = timeouts
        self.connections = connections
    }
}

extension SMTPRelay {
    /// The address that libcurl connects to; its path is the name given in EHLO.
    ///
    /// Nil for a host that cannot be one.
    var url: String? {
        guard !host.isEmpty, host.utf8.allSatisfy(Self.isHostByte), 1...65535 ~= port else { return nil }
        let scheme = security == .implicit ? "smtps" : "smtp"
        let authority = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return "\(scheme)://\(authority):\(port)/\(Self.percentEncoded(greetingName))"
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        isPlain(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "_")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            if isPlain(byte) { return String(UnicodeScalar(byte)) }
            return (byte < 0x10 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
