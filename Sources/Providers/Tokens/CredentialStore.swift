// SPDX-License-Identifier: Apache-2.0
internal import Gateway
internal import JSON

/// Whose token is looked for in a file that holds several.
package struct TokenOwner: Sendable, Hashable {
    package var account: String
    /// The OAuth client that the token was given to; nil when it is not known.
    package var clientID: String?

    package init(account: String, clientID: String? = nil) {
        self.account = account
        self.clientID = clientID
    }
}

/// A file in which Python's oauth2client keeps several credentials, each under a key of its program's choice.
///
/// `multistore_file` writes version 1, a list of `key` and `credential`; `multiprocess_file_storage` version 2, a map from keys to
/// credentials in base64.
struct CredentialStore {
    private let json: JSON
    private let entries: [Entry]

    /// Nil for what is no such file.
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
                // What cannot be read is passed over, as oauth2client does.
                guard let bytes = value.string.flatMap({ Base64.decode($0) }), let credential = try? parse(bytes) else {
                    return nil
                }
                return Entry(place: .member(key), keys: [key], credential: credential, parse)
            }
        } else {
            return nil
        }
    }

    /// The one credential that can be meant; throws the names of all when several can, or none.
    func token(of owner: TokenOwner?) throws(TokenFormFault) -> OAuthToken {
        try OAuthToken(try entry(of: owner).credential)
    }

    /// The file with another token in place of the owner's, and all else as it was.
    func replacing(_ token: OAuthToken, of owner: TokenOwner?) throws(TokenFormFault) -> JSON {
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

    private func entry(of owner: TokenOwner?) throws(TokenFormFault) -> Entry {
        if entries.count == 1 { return entries[0] }
        var found = entries
        if let id = owner?.clientID { found = found.filter { $0.clientID == id } }
        if found.count > 1, let account = owner?.account.lowercased() {
            let own = found.filter { $0.names(account) }
            if !own.isEmpty { found = own }
        }
        if found.count == 1 { return found[0] }
        guard !entries.isEmpty else { throw TokenFormFault("it holds no credential") }
        let names = entries.map(\.name).joined(separator: "; ")
        let whose = [owner?.account, owner?.clientID.map { "the client \($0)" }].compactMap(\.self)
        throw TokenFormFault(
            "it holds \(entries.count) credentials, and \(found.isEmpty ? "none" : "not one alone") is that of "
                + "\(whose.isEmpty ? "a known account" : whose.joined(separator: " and ")) (\(names)); "
                + "write the right one into a file of its own"
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
        /// For people.
        let name: String
        private let texts: [String]

        init(place: Place, keys: [String], credential: JSON, _ parse: ([UInt8]) throws -> JSON) {
            self.place = place
            self.credential = credential
            clientID = credential["client_id"]?.string
            // oauth2client keeps what the ID token says; other writers the token itself.
            let claims = AuthorizationFlow.claims(in: credential).flatMap { try? parse($0) } ?? credential["id_token"]
            let email = claims?["email"]?.string
            texts = (keys + [email].compactMap(\.self)).map { $0.lowercased() }
            name = ([email].compactMap(\.self) + keys).joined(separator: ", ")
        }

        /// True when the key or the ID token names the account.
        func names(_ account: String) -> Bool { texts.contains { $0.contains(account) } }

        /// The texts in a key: `clientId`, `userAgent` and `scope`, or what the program chose.
        static func texts(_ key: JSON?) -> [String] {
            key?.string.map { [$0] } ?? key?.object?.compactMap { $0.value.string } ?? []
        }
    }
}
