// SPDX-License-Identifier: Apache-2.0

/// A mailbox at the stand-in.
public struct GoogleAccount: Sendable, Hashable {
    public var address: String
    /// Other addresses it may send from, and whether they are verified.
    public var aliases: [String: Bool]
    /// False for an identity without Gmail, such as one without a licence.
    public var hasMail: Bool

    public init(_ address: String, aliases: [String: Bool] = [:], hasMail: Bool = true) {
        self.address = address
        self.aliases = aliases
        self.hasMail = hasMail
    }

    /// Whether Gmail keeps a From with this address.
    func maySend(as address: String) -> Bool {
        let wanted = address.lowercased()
        return self.address.lowercased() == wanted || aliases.contains { $0.key.lowercased() == wanted && $0.value }
    }
}

/// An OAuth client at the stand-in.
public struct GoogleClient: Sendable, Hashable {
    public var id: String
    public var secret: String
    /// Empty for an installed client, whose redirects use any port of the loopback address.
    public var redirects: [String]
    public var isDeleted = false

    public init(id: String, secret: String, redirects: [String] = []) {
        self.id = id
        self.secret = secret
        self.redirects = redirects
    }

    public static let sample = GoogleClient(
        id: "1234-posthaste.apps.googleusercontent.com",
        secret: "GOCSPX-sample-secret"
    )

    /// The client file in the format of Google's console, for a stand-in served at `origin`.
    public func file(origin: String) -> String {
        let redirects = redirects.isEmpty ? ["http://localhost"] : redirects
        let list = redirects.map { "\"\($0)\"" }.joined(separator: ",")
        return """
            {"\(self.redirects.isEmpty ? "installed" : "web")":{"client_id":"\(id)","project_id":"posthaste-1234",\
            "auth_uri":"\(origin)/o/oauth2/v2/auth","token_uri":"\(origin)/token",\
            "auth_provider_x509_cert_url":"https://www.googleapis.com/oauth2/v1/certs",\
            "client_secret":"\(secret)","redirect_uris":[\(list)]}}
            """
    }
}

/// A service account at the stand-in.
public struct GoogleServiceAccount: Sendable {
    public var email: String
    public var keyID: String
    /// Verifies a signature with the account's key; nil to accept every signature.
    public var verify: (@Sendable (_ signed: [UInt8], _ signature: [UInt8]) -> Bool)?
    /// The scopes that an administrator has delegated to it for all mailboxes.
    public var delegatedScopes: Set<String>

    public init(
        email: String,
        keyID: String,
        delegatedScopes: Set<String>,
        verify: (@Sendable (_ signed: [UInt8], _ signature: [UInt8]) -> Bool)? = nil
    ) {
        self.email = email
        self.keyID = keyID
        self.delegatedScopes = delegatedScopes
        self.verify = verify
    }
}
