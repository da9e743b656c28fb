// SPDX-License-Identifier: Apache-2.0
public import Basics

/// A proxy through which requests leave the machine.
public struct OutgoingProxy: Sendable, Hashable {
    /// The protocol of the proxy; in each the proxy resolves the target's name.
    public enum Scheme: String, Sendable, Hashable, CaseIterable {
        /// A CONNECT tunnel (RFC 9110 section 9.3.6).
        case http
        /// SOCKS 5 (RFC 1928).
        case socks5h

        var defaultPort: Int {
            switch self {
            case .http: 80
            case .socks5h: 1080
            }
        }
    }

    /// The client's credentials for the proxy.
    public struct Credentials: Sendable, Hashable {
        public let user: String
        public let password: Secret
    }

    public let scheme: Scheme
    /// In lower case; an IPv6 address without its brackets.
    public let host: String
    public let port: Int
    public let credentials: Credentials?

    /// Parses `http://[USER:PASSWORD@]HOST[:PORT]` or `socks5h://…`; nil for anything else.
    ///
    /// User and password are percent-encoded where they contain `:`, `/` or `@`.
    public init?(_ text: String) {
        guard let start = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<start.lowerBound].lowercased())
        else { return nil }
        var rest = text[start.upperBound...]
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        let at = rest.lastIndex(of: "@")
        // HTTPURL parses the authority.
        guard let url = HTTPURL("http://" + (at.map { rest[rest.index(after: $0)...] } ?? rest)), url.target == "/",
            url.explicitPort != 0
        else { return nil }
        if let at {
            guard let credentials = Credentials(rest[..<at]) else { return nil }
            self.credentials = credentials
        } else {
            credentials = nil
        }
        self.scheme = scheme
        host = url.host
        port = url.explicitPort ?? scheme.defaultPort
    }
}

extension OutgoingProxy.Credentials {
    /// Parses `USER:PASSWORD`; nil without a user, or with characters that no request can contain.
    init?(_ text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = PercentEncoding.decode(parts[0]), !user.isEmpty,
            let password = PercentEncoding.decode(parts.count == 2 ? parts[1] : ""),
            (user + password).utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        self.user = user
        self.password = Secret(password)
    }
}

extension OutgoingProxy: CustomStringConvertible, CustomReflectable {
    /// `http://HOST:PORT`, without credentials.
    public var address: String {
        "\(scheme.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// The address with credentials masked.
    public var description: String {
        credentials == nil ? address : address.replacing("://", with: "://••••••@", maxReplacements: 1)
    }

    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension HTTPURL {
    /// The port that is written in the address.
    var explicitPort: Int? {
        let authority = origin.split(separator: "/").last ?? ""
        guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else { return nil }
        return Int(authority[authority.index(after: colon)...])
    }

    /// The port that is connected to.
    var port: Int { explicitPort ?? (isSecure ? 443 : 80) }
}
