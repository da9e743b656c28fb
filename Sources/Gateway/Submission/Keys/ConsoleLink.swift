// SPDX-License-Identifier: Apache-2.0
package import Basics

/// One-time links into the console; only hashes of their tokens are stored.
package protocol ConsoleLinkStore: Sendable {
    /// Adds a link; those that have expired are deleted.
    func add(_ token: ContentHash, expiresAt: Timestamp, now: Timestamp) async throws(StoreError)
    /// Uses a link up.
    ///
    /// - Returns: False when there is no such link, it was used before, or it has expired.
    func use(_ token: ContentHash, now: Timestamp) async throws(StoreError) -> Bool
}

/// A one-time link into the console.
package enum ConsoleLink {
    package static let lifetime = Duration.seconds(300)

    /// Makes a link and stores its hash; `random` returns 64 unpredictable bits.
    ///
    /// - Returns: The token that the link ends with.
    package static func make(
        in store: any ConsoleLinkStore,
        now: Timestamp,
        random: () -> UInt64
    ) async throws(StoreError) -> Secret {
        let bytes = (0..<4).flatMap { _ in
            let number = random()
            return (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        let token = Base64URL.encode(bytes)
        try await store.add(hash(token), expiresAt: now + lifetime, now: now)
        return Secret(token)
    }

    /// The stored form of a token.
    package static func hash(_ token: String) -> ContentHash { ContentHash(of: Array(token.utf8)) }
}
