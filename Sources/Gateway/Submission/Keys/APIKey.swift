// SPDX-License-Identifier: Apache-2.0

/// On whose behalf a request is made, and what that allows.
public struct Principal: Sendable, Hashable {
    /// The id of the API key; nil for the command line, which may do everything.
    public let keyID: String?
    /// The name of the API key.
    public let keyName: String?
    /// Brands it sees and acts on; nil for all.
    public let brands: Set<String>?
    /// Patterns of From addresses it may use besides a brand's own; nil for any.
    public let from: [String]?
    public let scopes: Set<APIKey.Scope>

    public init(
        keyID: String?,
        keyName: String? = nil,
        brands: Set<String>?,
        from: [String]?,
        scopes: Set<APIKey.Scope>
    ) {
        self.keyID = keyID
        self.keyName = keyName
        self.brands = brands
        self.from = from
        self.scopes = scopes
    }

    /// The operator at the command line.
    public static let commandLine = Principal(keyID: nil, brands: nil, from: nil, scopes: Set(APIKey.Scope.allCases))

    /// Who it is, for events and logs; names no secret.
    public var actor: String {
        guard let keyID else { return "the command line" }
        return keyName.map { "key \($0) (\(keyID))" } ?? "key \(keyID)"
    }

    public func sees(brand: String) -> Bool { brands?.contains(brand) ?? true }
}
