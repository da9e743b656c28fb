// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
import Mail
import Synchronization

/// Authenticates API keys, and creates new ones.
///
/// Keys are cached for at most half a second, so that a key created or revoked elsewhere takes effect within a
/// second.
package final class APIKeyCache: Sendable {
    private struct Snapshot {
        var principals: [ContentHash: Principal] = [:]
        /// The same by the ids of the keys.
        var byID: [String: Principal] = [:]
        var readAt: Timestamp?
        var isReading = false
    }

    private static let freshFor = Duration.milliseconds(500)
    /// The age up to which a cached key is used while it is being read again.
    private static let usableFor = Duration.milliseconds(900)
    private static let prefix = "ph_"
    private static let idPrefix = "key_"
    private static let secretLength = 43

    private let store: any KeyStore
    private let ids: IDs
    private let clock: Clock
    private let random: @Sendable () -> UInt64
    private let snapshot = Mutex(Snapshot())

    /// `random` returns 64 unpredictable bits.
    package init(
        store: any KeyStore,
        ids: IDs,
        clock: @escaping Clock,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.store = store
        self.ids = ids
        self.clock = clock
        self.random = random
    }

    /// The caller with this secret; nil when no key has it, or the key is revoked.
    ///
    /// With `acceptsOld` a key that was read earlier counts while the store does not answer.
    package func authenticate(_ secret: String, acceptsOld: Bool = false) async throws(StoreError) -> Principal? {
        let text = secret.utf8
        guard text.count == Self.prefix.utf8.count + Self.secretLength, text.starts(with: Self.prefix.utf8) else {
            return nil
        }
        // Look-up is by hash, which reveals nothing of the secret, so the time of the look-up reveals nothing either.
        let digest = ContentHash(of: Array(text))
        do throws(StoreError) {
            return try await current().principals[digest]
        } catch {
            guard acceptsOld, let known = snapshot.withLock({ $0.principals[digest] }) else { throw error }
            return known
        }
    }

    /// The caller of the key with this name; nil when there is none.
    ///
    /// Of several keys the newest counts.
    package func principal(named name: String) async throws(StoreError) -> Principal? {
        // Ids sort by time.
        try await current().principals.values.filter { $0.keyName == name }.max { $0.keyID ?? "" < $1.keyID ?? "" }
    }

    /// The caller whose key has this id; nil when there is no such key, or it is revoked.
    ///
    /// An id is no proof: the caller has to show a secret of the key in another way, such as a signature.
    package func principal(ofKey id: String) async throws(StoreError) -> Principal? {
        // Texts that cannot be an id of a key need no look-up.
        guard id.hasPrefix(Self.idPrefix), id.utf8.count <= 64 else { return nil }
        return try await current().byID[id]
    }

    /// False for a key that was revoked.
    package func isValid(_ id: String) async throws(StoreError) -> Bool {
        try await current().byID[id] != nil
    }

    /// All callers, at most half a second old.
    private func current() async throws(StoreError) -> Snapshot {
        let now = clock()
        let (known, isUsable) = snapshot.withLock { ($0, Self.isUsable(&$0, now)) }
        return isUsable ? known : try await read(now)
    }

    /// Clears the cache, so that a key that this process created or revoked takes effect at once.
    package func refresh() {
        snapshot.withLock { $0.readAt = nil }
    }

    /// Creates a key; the secret is only in the result.
    ///
    /// Brands, From patterns and scopes default to all. Throws 422 for an invalid pattern and for an unusable name.
    package func create(
        name: String,
        brands: [String]? = nil,
        from: [String]? = nil,
        scopes: Set<APIKey.Scope> = []
    ) async throws(Problem) -> (key: APIKey, secret: Secret) {
        try Self.check(name, from ?? [])
        let bytes = (0..<4).flatMap { _ in
            let number = random()
            return (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        let secret = Self.prefix + Self.urlSafe(Base64.encode(bytes))
        let key = APIKey(
            id: ids.next(Self.idPrefix),
            name: name,
            digest: ContentHash(of: Array(secret.utf8)),
            brands: brands,
            from: from?.map { SenderPattern($0)?.description ?? $0 },
            scopes: scopes.isEmpty ? Set(APIKey.Scope.allCases) : scopes,
            createdAt: clock()
        )
        try await translating(Problem.init) { () async throws(StoreError) in
            try await store.add(key)
        }
        refresh()
        return (key, Secret(secret))
    }

    /// Creates a key on behalf of another caller, who can give no more than the own rights.
    ///
    /// Throws 422 with all faults; `brandNames` are the existing brands.
    package func create(
        _ grant: KeyGrant,
        by maker: Principal,
        brandNames: [String]
    ) async throws(Problem) -> (key: APIKey, secret: Secret) {
        let faults = grant.faults(by: maker, brandNames: brandNames)
        if !faults.isEmpty { throw .invalidRequest(faults) }
        return try await create(name: grant.name, brands: grant.brands, from: grant.from, scopes: grant.scopes)
    }

    /// The keys that a caller may see, the revoked ones too.
    package func keys(for caller: Principal) async throws(StoreError) -> [APIKey] {
        try await store.keys().filter(caller.manages)
    }

    /// Ends a key, on behalf of a caller who may see it.
    ///
    /// - Returns: False when there is no such key, or it was revoked before.
    package func revoke(_ id: String, by caller: Principal) async throws(StoreError) -> Bool {
        guard try await keys(for: caller).contains(where: { $0.id == id }) else { return false }
        defer { refresh() }
        return try await store.revoke(id, now: clock())
    }

    /// True when the snapshot can be used; the first caller that finds it old gets false and reads it again.
    private static func isUsable(_ snapshot: inout Snapshot, _ now: Timestamp) -> Bool {
        guard let readAt = snapshot.readAt, readAt <= now else { return false }
        if now - readAt < freshFor { return true }
        if snapshot.isReading { return now - readAt < usableFor }
        snapshot.isReading = true
        return false
    }

    private func read(_ now: Timestamp) async throws(StoreError) -> Snapshot {
        defer { snapshot.withLock { $0.isReading = false } }
        var new = Snapshot(readAt: now)
        for key in try await store.keys() where key.revokedAt == nil {
            let principal = Principal(key)
            new.principals[key.digest] = principal
            new.byID[key.id] = principal
        }
        snapshot.withLock { snapshot in
            new.isReading = snapshot.isReading
            snapshot = new
        }
        return new
    }

    private static func check(_ name: String, _ patterns: [String]) throws(Problem) {
        var faults: [Problem.Fault] = []
        if name.isEmpty || name.utf8.count > 128 || HeaderText.fault(in: name) != nil {
            faults.append(Problem.Fault(.root.appending("name"), "expected 1 to 128 characters on one line"))
        }
        for (position, pattern) in patterns.enumerated() where SenderPattern(pattern) == nil {
            let forms = "expected an address, or a pattern such as *@example.org"
            faults.append(Problem.Fault(.root.appending("from").appending(position), forms))
        }
        if !faults.isEmpty { throw .invalidRequest(faults) }
    }

    /// The alphabet of RFC 4648 section 5, without padding.
    private static func urlSafe(_ base64: String) -> String {
        String(
            decoding: base64.utf8.compactMap { byte in
                switch byte {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "/"): UInt8(ascii: "_")
                case UInt8(ascii: "="): nil
                default: byte
                }
            },
            as: UTF8.self
        )
    }
}

extension Principal {
    /// The permissions of a key.
    package init(_ key: APIKey) {
        self.init(
            keyID: key.id,
            keyName: key.name,
            brands: key.brands.map(Set.init),
            from: key.from,
            scopes: key.scopes
        )
    }
}
