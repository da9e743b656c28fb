// SPDX-License-Identifier: Apache-2.0
public import Delivery
import Synchronization

/// Where tokens are stored or come from: the value of `tokens:`.
public enum TokenLocation: Sendable, Hashable {
    /// `database`: the row of the account; `database:NAME` another row.
    case database(row: String?)
    /// `file:PATH`: a token file.
    case file(String)
    /// `service-account:PATH`: the key file of a service account, which acts for the account.
    case serviceAccount(String)
    /// `command: [PROGRAM, …]`: a program that prints a token.
    case command([String])
    /// What the machine gives its processes: variables, the container, or the role of the instance.
    case environment
    /// `client-credentials`: the client asks for itself (RFC 6749 section 4.4).
    case clientCredentials
}

/// The tokens that a provider's settings ask for.
public struct TokenRequest: Sendable, Hashable {
    /// The operator's name for the provider; for display.
    public var provider: String
    /// The kind of provider, the first part of a row's key.
    public var kind: String
    /// The mailbox.
    public var account: String
    public var place: TokenLocation
    /// The client file, `installed` or `web`; nil when the place needs none.
    public var credentials: String?
    /// The client that the settings describe, in place of a file; nil for none.
    public var client: OAuthClient?
    /// The scopes of which the provider needs any one; all of them where the service names scopes on a refresh.
    public var scopes: [String]
    /// The service that issues the tokens; nil for an unknown service.
    public var service: OAuthService?
    /// The proxy for the token endpoint; nil for that of the gateway's settings.
    public var proxy: ProxyChoice?

    public init(
        provider: String,
        kind: String,
        account: String,
        place: TokenLocation,
        credentials: String? = nil,
        scopes: [String] = [],
        service: OAuthService? = nil
    ) {
        self.provider = provider
        self.kind = kind
        self.account = account
        self.place = place
        self.credentials = credentials
        self.scopes = scopes
        self.service = service
    }
}

extension TokenRequest {
    /// The row of the request; nil when its tokens are not in the database.
    package var key: TokenKey? {
        guard case .database(let row) = place else { return nil }
        return TokenKey(provider: kind, account: row ?? account)
    }

    /// The scopes that a consent asks for: the narrowest that is enough, or all where the service grants each by itself.
    package var consentScopes: [String] {
        if service?.namesScopesOnRefresh == true { return scopes }
        return Array(scopes.prefix(1)) + scopes.filter { $0 == AuthorizationFlow.offlineAccess }
    }

    /// The lists of scopes of which a consent must grant one each.
    package var neededScopes: [[String]] {
        service?.namesScopesOnRefresh == true ? scopes.map { [$0] } : [scopes]
    }

    /// How to replace a dead grant.
    package var remedy: String {
        switch place {
        case .database:
            "run `posthaste tokens authorize \(provider)`, or `posthaste tokens import --provider \(kind) --account \(key?.account ?? account) FILE`"
        case .file(let path): "run `posthaste tokens authorize \(provider)`, which writes a new \(path)"
        case .serviceAccount(let path): "check the key file \(path) and the account"
        case .command(let words): "see that `\(words.first ?? "")` prints a good token"
        case .environment: "see what the environment of the process offers as credentials"
        case .clientCredentials: "check `tenant`, `client_id`, and the client's secret or certificate"
        }
    }
}

extension TokenLocation {
    /// As written in the settings.
    package var name: String {
        switch self {
        case .database(let row): row.map { "database:\($0)" } ?? "database"
        case .file(let path): "file:\(path)"
        case .serviceAccount(let path): "service-account:\(path)"
        case .command(let words): "command:\(words.first ?? "")"
        case .environment: "environment"
        case .clientCredentials: "client-credentials"
        }
    }
}

extension TokenLocation {
    /// Whether a token from here is renewed with the client's own id and secret.
    package var needsClient: Bool {
        switch self {
        case .database, .file, .clientCredentials: true
        case .serviceAccount, .command, .environment: false
        }
    }

    /// Whether the owner of the mailbox consents to tokens here, and they are stored.
    package var keepsGrants: Bool {
        switch self {
        case .database, .file: true
        case .serviceAccount, .command, .clientCredentials, .environment: false
        }
    }
}
