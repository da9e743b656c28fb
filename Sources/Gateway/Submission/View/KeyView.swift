// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON

/// The representation of API keys in the API and on the command line.
package enum KeyView {
    /// A key without its secret, which is stored nowhere.
    package static func key(_ key: APIKey) -> JSONObject {
        JSONObject([
            ("id", .string(key.id)), ("name", .string(key.name)), ("brands", list(key.brands)),
            ("from", list(key.from)), ("scopes", .array(scopes(key).map(JSON.string))),
            ("created_at", MessageView.time(key.createdAt)), ("revoked_at", MessageView.time(key.revokedAt)),
        ])
    }

    package static func list(_ keys: [APIKey]) -> JSON { ["keys": .array(keys.map { .object(key($0)) })] }

    /// In the order in which scopes are listed everywhere.
    package static func scopes(_ key: APIKey) -> [String] {
        APIKey.Scope.allCases.filter(key.scopes.contains).map(\.rawValue)
    }

    private static func list(_ words: [String]?) -> JSON { words.map { .array($0.map(JSON.string)) } ?? .null }
}
