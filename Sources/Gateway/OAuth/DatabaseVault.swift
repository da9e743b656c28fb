// SPDX-License-Identifier: Apache-2.0
package import Basics
import Delivery
import Synchronization

/// A token stored in a row of `oauth_tokens`.
struct DatabaseVault: TokenVault {
    /// Longer than a token endpoint may take to answer.
    private static let lockSpan = Duration.seconds(45)

    let key: TokenKey
    let place: TokenPlaces
    /// Distinguishes this process from others that share the store.
    let holder: String
    let clock: Clock

    func load() async throws(DeliveryError) -> StoredToken? {
        let (store, sealing) = try place.open()
        guard let row = try await rows(store).first else { return nil }
        do throws(TokenError) {
            let token = try sealing.open(row)
            let clear = sealing.seals ? "it is stored in the clear; run `posthaste tokens reseal`" : Self.unsealed
            let warnings = sealing.keyID(row) == nil ? [clear] : []
            return StoredToken(
                token: token,
                revision: "\(row.version)",
                grantedAt: token.grantedAt ?? row.createdAt,
                writtenAt: row.updatedAt,
                warnings: warnings
            )
        } catch {
            throw DeliveryError(
                .misconfigured,
                code: "oauth.stored",
                detail: "the stored token of \(key.account) cannot be used: \(error)",
                remedy: "add the missing key to `sealing_keys`, or run `posthaste tokens authorize`"
            )
        }
    }

    static let unsealed =
        "no `sealing_key` is set: the token is stored in the clear; set one and run `posthaste tokens reseal`"

    func save(_ token: OAuthToken, replacing revision: String?) async throws(DeliveryError) -> String? {
        let (store, sealing) = try place.open()
        let now = clock()
        let row = TokenRow(
            key: key,
            data: try data(token, sealing),
            expiresAt: token.expiresAt,
            version: 0,
            createdAt: now,
            updatedAt: now
        )
        do throws(StoreError) {
            return try await store.write(row, replacing: revision.flatMap { Int($0) }).map { "\($0)" }
        } catch {
            throw DeliveryError(store: error)
        }
    }

    func lock() async -> Bool {
        let now = clock()
        // Without the store no other process shares the token, and it cannot be saved either.
        guard let (store, _) = try? place.open() else { return true }
        return (try? await store.lock(key, holder: holder, now: now, until: now + Self.lockSpan)) ?? true
    }

    func unlock() async {
        // A lock that is not released expires.
        try? await place.open().store.unlock(key, holder: holder)
    }

    private func rows(_ store: any TokenStore) async throws(DeliveryError) -> [TokenRow] {
        do throws(StoreError) { return try await store.rows(key) } catch { throw DeliveryError(store: error) }
    }

    private func data(_ token: OAuthToken, _ sealing: TokenSealing) throws(DeliveryError) -> [UInt8] {
        do throws(TokenError) { return try sealing.close(token, key) } catch {
            throw DeliveryError(.misconfigured, code: "oauth.sealing", detail: error.description)
        }
    }
}

extension DeliveryError {
    /// The store did not answer: nothing was handed over.
    init(store error: StoreError) {
        switch error {
        case .unavailable(let detail), .corrupt(let detail):
            self.init(.transient, code: "store.unavailable", detail: "the store does not answer: \(detail)")
        }
    }
}

/// The database of tokens, once it is open.
///
/// Providers are built from the settings before the store is opened.
package final class TokenPlaces: Sendable {
    private struct Open {
        let store: any TokenStore
        let sealing: TokenSealing
        let changes: @Sendable () -> Int?
    }

    private let current = Mutex<Open?>(nil)

    package init() {}

    /// Connects the store; later calls change the sealing keys.
    ///
    /// `changes` counts the announced changes of tokens; nil where none are announced.
    package func attach(
        _ store: any TokenStore,
        sealing: TokenSealing,
        changes: @escaping @Sendable () -> Int? = { nil }
    ) {
        current.withLock { $0 = Open(store: store, sealing: sealing, changes: changes) }
    }

    /// The number of row changes announced so far; nil where none are announced.
    var changes: Int? { current.withLock { $0?.changes }?() }

    /// A vault for the row of this key.
    package func vault(_ key: TokenKey, holder: String, clock: @escaping Clock) -> any TokenVault {
        DatabaseVault(key: key, place: self, holder: holder, clock: clock)
    }

    func open() throws(DeliveryError) -> (store: any TokenStore, sealing: TokenSealing) {
        guard let current = current.withLock({ $0 }) else {
            throw DeliveryError(.transient, code: "store.closed", detail: "the store of tokens is not open yet")
        }
        return (current.store, current.sealing)
    }

    /// The version of every row; nil when there is no store or it does not answer.
    func versions() async -> [TokenKey: Int]? {
        guard let store = current.withLock({ $0?.store }) else { return nil }
        // Callers that need the store report why it does not answer.
        return try? await store.versions()
    }
}
