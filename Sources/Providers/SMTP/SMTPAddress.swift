// SPDX-License-Identifier: Apache-2.0
import Basics

/// A server address in the settings: `smtp://host:port` or `smtps://host:port`.
struct SMTPAddress: Hashable {
    let host: String
    let port: Int
    /// TLS from the first byte.
    let isImplicitTLS: Bool

    /// Parses the address; a fault is a sentence for the operator.
    static func parse(_ text: String) -> Result<SMTPAddress, SMTPAddressFault> {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].isEmpty, ["smtp:", "smtps:"].contains(parts[0].lowercased()) else {
            return .failure(.form)
        }
        guard parts.count == 3 || (parts.count == 4 && parts[3].isEmpty) else { return .failure(.path) }
        guard !parts[2].contains("@") else { return .failure(.credentials) }
        let isImplicitTLS = parts[0].lowercased() == "smtps:"
        guard let (host, port) = split(parts[2], defaultPort: isImplicitTLS ? 465 : 587) else { return .failure(.form) }
        return .success(SMTPAddress(host: host, port: port, isImplicitTLS: isImplicitTLS))
    }

    private static func split(_ authority: Substring, defaultPort: Int) -> (String, Int)? {
        var host = authority
        var port = defaultPort
        // A colon inside the brackets of an IPv6 address does not separate the port.
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            guard let number = Int(authority[authority.index(after: colon)...]), 1...65535 ~= number else { return nil }
            host = authority[..<colon]
            port = number
        }
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, host.utf8.allSatisfy(isHostByte) else { return nil }
        return (host.lowercased(), port)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || ".-:_".utf8.contains(byte)
    }

    /// True when the connection does not leave the machine.
    var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}

/// Why a server address is invalid.
enum SMTPAddressFault: Error, Hashable {
    case form
    case path
    case credentials

    var problem: String {
        switch self {
        case .form: "this is no address of an SMTP server"
        case .path: "an SMTP server's address ends with the port"
        case .credentials: "credentials do not belong into the address"
        }
    }

    var remedy: String {
        switch self {
        case .form, .path: "write it like smtps://smtp.example.org:465 or smtp://smtp.example.org:587"
        case .credentials: "use `username:` and `password:`"
        }
    }
}
