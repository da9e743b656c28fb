// SPDX-License-Identifier: Apache-2.0
public import Delivery
import Mail
public import OAuth
public import Settings

/// Where the OAuth client of a provider is described.
public enum TokenClient: Sendable {
    /// In the client file that `credentials` names.
    case file
    /// In the provider's settings; nil when it has a fault, which is noted, or is not needed.
    case settings(OAuthClient?)
}

extension SettingsReader {
    /// True for `tokens: client-credentials`.
    var isClientCredentials: Bool { tokenWord == Self.clientCredentials }

    /// True when `tokens` names a program, so that no client is needed.
    var isTokenCommand: Bool {
        if case .map? = node("tokens")?.value { return true }
        return tokenWord?.hasPrefix("command:") ?? false
    }

    private static let clientCredentials = "client-credentials"

    private var tokenWord: String? {
        guard case .scalar(let text)? = node("tokens")?.value else { return nil }
        return text
    }

    /// Reads the token request of a provider from `account`, `tokens` and, unless the client is in the settings, `credentials`.
    ///
    /// `otherAccount` is the mailbox when `account` is not set. Faults are noted. The result is nil when there is one, or when
    /// `tokens` is missing and not `required`.
    public func tokenRequest(
        _ context: ProviderContext,
        kind: String,
        scopes: [String],
        service: OAuthService?,
        proxy: ProxyChoice?,
        required: Bool = true,
        otherAccount: String? = nil,
        client: TokenClient = .file
    ) -> TokenRequest? {
        let account = string("account", required: required && otherAccount == nil) ?? otherAccount
        if let account, !isAddress(account) {
            note(
                "`\(account)` is no email address",
                key: "account",
                remedy: "write the mailbox like noreply@example.org"
            )
        }
        let place = tokenPlace(required: required, client)
        let credentials: String?
        let ownClient: OAuthClient?
        switch client {
        case .file: (credentials, ownClient) = (filePath("credentials"), nil)
        case .settings(let client): (credentials, ownClient) = (nil, client)
        }
        if case .serviceAccount(let path)? = place {
            note(CredentialFile(provider: context.name, path: path, kind: .serviceAccountKey))
        }
        if case .settings = client {
            if place?.needsClient == true, ownClient == nil { return nil }
        } else if place?.needsClient ?? true {
            if let credentials {
                note(CredentialFile(provider: context.name, path: credentials, kind: .client(service)))
            } else if place != nil {
                let remedy = "add `credentials:` with the path of the client file"
                note("`credentials` is missing", key: "tokens", remedy: remedy)
                return nil
            }
        }
        guard let place, let account, isAddress(account) else { return nil }
        var request = TokenRequest(
            provider: context.name,
            kind: kind,
            account: account,
            place: place,
            credentials: credentials,
            scopes: scopes,
            service: service
        )
        request.client = ownClient
        request.proxy = proxy
        return request
    }

    private func isAddress(_ text: String) -> Bool {
        // The reason why it is invalid is not needed.
        (try? EmailAddress(parsing: text)) != nil
    }

    private func tokenPlace(required: Bool, _ client: TokenClient) -> TokenLocation? {
        let isInSettings = if case .settings = client { true } else { false }
        guard let node = node("tokens") else {
            if required { note("`tokens` is missing", remedy: "add `tokens: database` here") }
            return nil
        }
        if case .map = node.value { return tokenCommand() }
        guard let text = string("tokens") else { return nil }
        if text == "database" { return .database(row: nil) }
        if isInSettings, text == Self.clientCredentials { return .clientCredentials }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        if parts.count == 2 {
            let path = parts[1].hasPrefix("/") ? parts[1] : "\(folder)/\(parts[1])"
            switch parts[0] {
            case "database": return .database(row: parts[1])
            case "file": return .file(path)
            case "service-account" where !isInSettings: return .serviceAccount(path)
            case "command": return .command(parts[1].split(separator: " ").map(String.init))
            default: break
            }
        }
        note(
            "`\(text)` is no place for tokens",
            key: "tokens",
            remedy: isInSettings
                ? "write `client-credentials`, `database`, `file:PATH` or `command: [PROGRAM]`"
                : "write `database`, `file:PATH`, `service-account:PATH` or `command: [PROGRAM]`"
        )
        return nil
    }

    /// `tokens: { command: [PROGRAM, ARGUMENT] }`.
    private func tokenCommand() -> TokenLocation? {
        let words = map("tokens")?.strings("command", required: true) ?? []
        guard let program = words.first, program.hasPrefix("/") else {
            note(
                words.isEmpty
                    ? "there is no program to run" : "the program needs its full path, for no shell looks for it",
                key: "tokens",
                remedy: "write it like `tokens: { command: [/usr/local/bin/mail-token] }`"
            )
            return nil
        }
        return .command(words)
    }
}
