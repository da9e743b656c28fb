// SPDX-License-Identifier: Apache-2.0
package import Basics

/// Imports a token into the database.
package struct TokenImport: Sendable {
    /// The result of an import.
    package enum Outcome: Sendable, Hashable {
        case stored
        /// The same grant is there already.
        case known
        /// A live token of another, newer grant is there; it was left alone.
        case newerThere(until: Timestamp)
    }

    private let store: any TokenStore
    private let sealing: TokenSealing
    private let clock: Clock

    package init(store: any TokenStore, sealing: TokenSealing, clock: @escaping Clock) {
        self.store = store
        self.sealing = sealing
        self.clock = clock
    }

    /// Stores the token under a key; safe to repeat.
    ///
    /// A live token of another grant is replaced only when `isForced`, or when the new one lasts longer. A grant that
    /// `isDead` reports as dead is always replaced.
    package func store(
        _ token: OAuthToken,
        as key: TokenKey,
        isForced: Bool,
        isDead: (TokenRow) async -> Bool
    ) async throws(TokenError) -> Outcome {
        let now = clock()
        let old: TokenRow?
        do throws(StoreError) { old = try await store.rows(key).first } catch { throw TokenError("\(error)") }
        let known = try old.flatMap { row throws(TokenError) in try opened(row, isForced: isForced) }
        if let known, known.refreshToken == token.refreshToken { return .known }
        var earlier: Duration?
        if let old, let known, !isForced {
            if await isDead(old) {
                earlier = now - (known.grantedAt ?? old.createdAt)
            } else if let end = known.expiresAt ?? old.expiresAt, end >= token.expiresAt ?? now {
                return .newerThere(until: end)
            }
        }
        try await write(token.granted(at: token.grantedAt ?? now, earlier: earlier), key, replacing: old, now)
        return .stored
    }

    /// The token in a row; one that cannot be opened may be live, and is given up only when that is forced.
    private func opened(_ row: TokenRow, isForced: Bool) throws(TokenError) -> OAuthToken? {
        do throws(TokenError) { return try sealing.open(row) } catch {
            guard !isForced else { return nil }
            throw TokenError(
                "the stored token of \(row.key.account) cannot be read: \(error); give --force to replace it all the same"
            )
        }
    }

    /// Stores the token and replaces any other: the owner has just consented to it.
    package func replace(_ token: OAuthToken, as key: TokenKey) async throws(TokenError) {
        let now = clock()
        let old: TokenRow?
        do throws(StoreError) { old = try await store.rows(key).first } catch { throw TokenError("\(error)") }
        let known = old.flatMap { try? sealing.open($0) }
        let since = known?.grantedAt ?? old?.createdAt
        try await write(token.granted(at: now, earlier: since.map { now - $0 }), key, replacing: old, now)
    }

    private func write(
        _ token: OAuthToken,
        _ key: TokenKey,
        replacing old: TokenRow?,
        _ now: Timestamp
    ) async throws(TokenError) {
        do throws(TokenError) {
            let row = TokenRow(
                key: key,
                data: try sealing.close(token, key),
                expiresAt: token.expiresAt,
                version: 0,
                createdAt: now,
                updatedAt: now
            )
            let written: Int?
            do throws(StoreError) {
                written = try await store.write(row, replacing: old?.version)
            } catch {
                throw TokenError("\(error)")
            }
            guard written != nil else {
                throw TokenError("it was changed at the same moment; run the command again")
            }
        } catch {
            throw TokenError("the token of \(key.account) cannot be stored: \(error)")
        }
    }

    /// Reseals every row that is not sealed with the newest key; returns how many there were, and which failed.
    package func reseal(
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws(TokenError) -> (sealed: Int, faults: [String]) {
        let rows: [TokenRow]
        do throws(StoreError) { rows = try await store.rows(nil) } catch { throw TokenError("\(error)") }
        var sealed = 0
        var faults: [String] = []
        let stale = rows.filter(sealing.isStale)
        for (number, row) in stale.enumerated() {
            progress(number, stale.count)
            do throws(TokenError) {
                let token = try sealing.open(row)
                try await rewrite(row, token)
                sealed += 1
            } catch {
                faults.append("\(row.key.provider) \(row.key.account): \(error)")
            }
        }
        return (sealed, faults)
    }

    private func rewrite(_ row: TokenRow, _ token: OAuthToken) async throws(TokenError) {
        var new = row
        new.data = try sealing.close(token, row.key)
        new.updatedAt = clock()
        do throws(StoreError) {
            guard try await store.write(new, replacing: row.version) != nil else {
                throw StoreError.unavailable("it was changed at the same moment; run the command again")
            }
        } catch {
            throw TokenError("\(error)")
        }
    }
}
