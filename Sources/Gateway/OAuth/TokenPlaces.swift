// SPDX-License-Identifier: Apache-2.0
import Synchronization

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

    /// How many changes of rows were announced so far; nil where none are.
    var changes: Int? { current.withLock { $0?.changes }?() }

    /// The row of this key as a place for a token.
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
        // Whoever needs the store says why it does not answer.
        return try? await store.versions()
    }
}
