// SPDX-License-Identifier: Apache-2.0
import Gateway
import JSON

/// What Keycloak's answers mean.
enum KeycloakAnswer {
    /// The only user in `body` who has exactly this address and may reset a password.
    ///
    /// Older servers pass over `exact=true` and answer with every address that holds this one, so it is compared here too; without
    /// any folding beyond case, for look-alikes are other people.
    static func user(_ body: JSON, with address: EmailAddress) -> DirectoryUser? {
        let matches = (body.array ?? []).compactMap { user -> DirectoryUser? in
            guard let id = user["id"]?.string, let text = user["email"]?.string,
                let stored = try? EmailAddress(parsing: text),  // An address we cannot write gets no mail.
                stored.canonical == address.canonical, user["enabled"]?.bool ?? true,
                user["serviceAccountClientId"]?.string == nil
            else { return nil }
            return DirectoryUser(
                id: id,
                address: stored,
                name: user["firstName"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            )
        }
        return matches.count == 1 ? matches[0] : nil
    }

    /// Why a call did not succeed; `body` is null when it was no JSON.
    ///
    /// `isChange` says that a password was to be set: then a refusal without a known reason concerns that account, and is final.
    static func failure(_ status: Int, _ body: JSON, isChange: Bool = false) -> DirectoryFailure {
        let code = body["error"]?.string ?? ""
        let words = (body["error_description"] ?? body["errorMessage"])?.string ?? code
        switch status {
        case 400 where isPolicy(code, words): return .refused([.keycloak(refusal: code, short(words))])
        case 400 where words.contains("read only"):
            return .unchangeable(
                "the account is read only in Keycloak",
                remedy: "let its user federation write passwords, or tell its users where they are changed"
            )
        case 400 where isChange && isEmpty(code): return .refused([.other(short(words))])
        case 401:
            return .misconfigured(
                "Keycloak does not accept the client: \(short(words))",
                remedy: "check `client_id` and `client_secret`, and that the client has service accounts on"
            )
        case 403:
            return .misconfigured(
                "the client may not do this",
                remedy: "give its service account the role `manage-users` of `realm-management`"
            )
        case 404 where words.contains("Realm") || words.contains("realm"):
            return .misconfigured("Keycloak has no such realm", remedy: "check `realm` and `url`")
        // Without Keycloak's words it is the 404 of a proxy, which knows nothing of users.
        case 404 where words.lowercased().contains("user"): return .gone
        case 404:
            return .misconfigured(
                "it answered 404: \(short(words))",
                remedy: "check `url`, and what stands before Keycloak"
            )
        case 400 where code == "unauthorized_client" || code == "invalid_client":
            return .misconfigured(short(words), remedy: "turn on service accounts for the client in Keycloak")
        case 400 where isChange, 409 where isChange:
            return .unchangeable(
                "Keycloak answered \(status): \(short(words))",
                remedy: "Keycloak's log says more of this account"
            )
        case 408, 425, 429: return .unavailable("it answered \(status)" + (words.isEmpty ? "" : ": \(short(words))"))
        case 400..<500:
            return .misconfigured(
                "Keycloak answered \(status): \(short(words))",
                remedy: "check `url`, `realm` and the client"
            )
        default: return .unavailable("it answered \(status)" + (words.isEmpty ? "" : ": \(short(words))"))
        }
    }

    /// `Resetting to N old passwords is not allowed.` has no code of its own in older servers.
    private static func isPolicy(_ code: String, _ words: String) -> Bool {
        code.hasPrefix("invalidPassword") || words.contains("old passwords")
    }

    /// White space alone counts as empty.
    private static func isEmpty(_ code: String) -> Bool {
        code == "No password provided" || code == "Empty password not allowed"
    }

    private static func short(_ words: String) -> String {
        String(words.prefix(200).map { $0.isNewline ? " " : $0 })
    }
}
