// SPDX-License-Identifier: Apache-2.0
public import Delivery
import Mail
public import OAuth
public import Settings

extension SettingsReader {
    /// Reads the token request of a provider from `account`, `tokens` and `credentials`.
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
        otherAccount: String? = nil
    ) -> TokenRequest? {
        let account = string("account", required: required && otherAccount == nil) ?? otherAccount
        if let account, !isAddress(account) {
            note(
                "`\(account)` is no email address",
                key: "account",
                remedy: "write the mailbox like noreply@example.org"
            )
        }
        let credentials = filePath("credentials")
        let place = tokenPlace(required: required)
        if case .serviceAccount(let path)? = place {
            note(CredentialFile(provider: context.name, path: path, kind: .serviceAccountKey))
        }
        if place?.needsClient ?? true {
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
        request.proxy = proxy
        return request
    }

    private func isAddress(_ text: String) -> Bool {
        // The reason why it is invalid is not needed.
        (try? EmailAddress(parsing: text)) != nil
    }

    private func tokenPlace(required: Bool) -> TokenLocation? {
        guard let node = node("tokens") else {
            if required { note("`tokens` is missing", remedy: "add `tokens: database` here") }
            return nil
        }
        if case .map = node.value { return tokenCommand() }
        guard let text = string("tokens") else { return nil }
        if text == "database" { return .database(row: nil) }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        if parts.count == 2 {
            let path = parts[1].hasPrefix("/") ? parts[1] : "\(folder)/\(parts[1])"
            switch parts[0] {
            case "database": return .database(row: parts[1])
            case "file": return .file(path)
            case "service-account": return .serviceAccount(path)
            case "command": return .command(parts[1].split(separator: " ").map(String.init))
            default: break
            }
        }
        note(
            "`\(text)` is no place for tokens",
            key: "tokens",
            remedy: "write `database`, `file:PATH`, `service-account:PATH` or `command: [PROGRAM]`"
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
