// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
import Mail
internal import OAuth

/// The owner of a token in a file that holds several.
package struct TokenOwner: Sendable, Hashable {
    package var account: String
    /// The OAuth client of the token; nil when unknown.
    package var clientID: String?

    package init(account: String, clientID: String? = nil) {
        self.account = account
        self.clientID = clientID
    }
}

/// A file of Python's oauth2client with several credentials, each under a key that its program chose.
///
/// `multistore_file` writes version 1, a list of `key` and `credential`; `multiprocess_file_storage` writes version 2, a map from
/// keys to credentials in base64.
struct CredentialStore {
    private let json: JSON
    private let entries: [Entry]

    /// Nil for a file of another format.
    init?(_ json: JSON, parse: ([UInt8]) throws -> JSON) {
        guard json["file_version"] != nil else { return nil }
        self.json = json
        if let data = json["data"]?.array {
            entries = data.enumerated().compactMap { index, item in
                item["credential"].map {
                    Entry(place: .item(index), keys: Entry.texts(item["key"]), credential: $0, parse)
                }
            }
        } else if let credentials = json["credentials"]?.object {
            entries = credentials.compactMap { key, value in
                // Skips unreadable credentials, as oauth2client does.
                guard let bytes = value.string.flatMap({ Base64.decode($0) }), let credential = try? parse(bytes) else {
                    return nil
                }
                return Entry(place: .member(key), keys: [key], credential: credential, parse)
            }
        } else {
            return nil
        }
    }

    /// The only matching credential; throws the names of all credentials when several match, or none.
    func token(of owner: TokenOwner?) throws(TokenError) -> OAuthToken {
        try OAuthToken(try entry(of: owner).credential)
    }

    /// The file with the owner's token replaced and everything else unchanged.
    func replacing(_ token: OAuthToken, of owner: TokenOwner?) throws(TokenError) -> JSON {
        guard var file = json.object else { return json }
        switch try entry(of: owner).place {
        case .item(let index):
            var items = file["data"]?.array ?? []
            guard var item = items[index].object else { return json }
            item["credential"] = token.json
            items[index] = .object(item)
            file["data"] = .array(items)
        case .member(let key):
            var members = file["credentials"]?.object ?? JSONObject()
            members[key] = .string(Base64.encode(token.json.encoded()))
            file["credentials"] = .object(members)
        }
        return .object(file)
    }

    /// Throws the names of all credentials when the owner's is ambiguous or missing.
    func check(for owner: TokenOwner?) throws(TokenError) {
        _ = try entry(of: owner)
    }

    private func entry(of owner: TokenOwner?) throws(TokenError) -> Entry {
        let account = owner?.account.lowercased()
        var found = entries
        if found.count > 1, let id = owner?.clientID { found = found.filter { $0.clientID == id } }
        if found.count > 1, let account {
            let own = found.filter { $0.names(account) }
            if !own.isEmpty { found = own }
        }
        // The last remaining credential may belong to another mailbox, and must then be neither used nor replaced.
        if found.count == 1, let account, found[0].isOfAnother(than: account) { found = [] }
        if found.count == 1 { return found[0] }
        guard !entries.isEmpty else { throw TokenError("it holds no credential") }
        let names = entries.map(\.name).joined(separator: "; ")
        let whose = [owner?.account, owner?.clientID.map { "the client \($0)" }].compactMap(\.self)
        let count = entries.count == 1 ? "one credential" : "\(entries.count) credentials"
        throw TokenError(
            "it holds \(count), and \(found.isEmpty ? "none" : "not one alone") is that of "
                + "\(whose.isEmpty ? "a known account" : whose.joined(separator: " and ")) (\(names)); "
                + "give this account a token file of its own"
        )
    }

    private struct Entry {
        enum Place {
            case item(Int)
            case member(String)
        }

        let place: Place
        let credential: JSON
        let clientID: String?
        /// For display.
        let name: String
        /// In lower case, like the email.
        private let keys: [String]
        /// The address in the ID token.
        private let email: String?

        init(place: Place, keys: [String], credential: JSON, _ parse: ([UInt8]) throws -> JSON) {
            self.place = place
            self.credential = credential
            clientID = credential["client_id"]?.string
            // oauth2client stores the ID token's claims; other programs store the token itself.
            let claims = AuthorizationFlow.claims(in: credential).flatMap { try? parse($0) } ?? credential["id_token"]
            let email = claims?["email"]?.string
            self.keys = keys.map { $0.lowercased() }
            self.email = email?.lowercased()
            name = ([email].compactMap(\.self) + keys).joined(separator: ", ")
        }

        /// True when the ID token names the account, or a key contains it as a whole address.
        func names(_ account: String) -> Bool { email == account || keys.contains { Self.has(account, in: $0) } }

        /// True when the ID token, or an address as a key, names another mailbox.
        func isOfAnother(than account: String) -> Bool {
            guard account.contains("@"), !names(account) else { return false }
            return email != nil || keys.contains { (try? EmailAddress(parsing: $0)) != nil }
        }

        /// True when the text contains the account as a whole address: neither `diana@example.org` nor `ana@example.org.uk`
        /// contains `ana@example.org`.
        private static func has(_ account: String, in text: String) -> Bool {
            text.ranges(of: account).contains { range in
                if let before = text[..<range.lowerBound].last, isAddressCharacter(before) { return false }
                let rest = text[range.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." }
                // A hyphen ends the address unless the domain continues, as in `ana@example.co-op.example`.
                return rest.first.map { $0 == "-" } ?? true && !rest.contains(".")
            }
        }

        /// True for a character of a local part (RFC 5322 section 3.2.3).
        private static func isAddressCharacter(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || ".!#$%&'*+-/=?^_`{|}~".contains(character)
        }

        /// The texts in a key: `clientId`, `userAgent` and `scope`, or the program's own.
        static func texts(_ key: JSON?) -> [String] {
            key?.string.map { [$0] } ?? key?.object?.compactMap { $0.value.string } ?? []
        }
    }
}
