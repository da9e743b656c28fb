// SPDX-License-Identifier: Apache-2.0
package import Basics
import Crypto
import Monitoring
package import SQL

/// The unused reset tokens, in the gateway's database.
///
/// A confirmation reserves a token, sets the password, and then finishes or releases the reservation, so that one of several
/// concurrent confirmations succeeds. A gateway that dies in between blocks the token for a minute.
package struct ResetTokens: Sendable {
    /// After this many passwords that a policy refused, a token is void.
    static let refusalLimit = 5
    /// The reservation of a gateway that died expires after this time.
    static let reservationSpan = Duration.seconds(60)

    private let database: any Database

    package init(database: any Database) {
        self.database = database
    }

    /// The account of a reserved token.
    package struct Holder: Sendable, Hashable {
        package let userID: String
        package let address: String
        /// The brand and the locale of the mail with the token.
        package let brand: String
        package let locale: String?
    }

    /// A token reserved by one confirmation.
    struct Reservation: Sendable {
        let token: ResetToken
        let holder: Holder
        let until: Timestamp
    }

    /// The data of a new token.
    package struct Grant: Sendable, Hashable {
        package var holder: Holder
        /// The id of the request; ids of later requests sort after it.
        package var request: String
        package var expiresAt: Timestamp
    }

    /// Stores a token; tokens of older requests of the user become void, and those of this request remain valid.
    ///
    /// - Returns: False when a newer request of the user already has a token: this one is superseded.
    func mint(_ token: ResetToken, for grant: Grant) async throws(DatabaseError) -> Bool {
        let digest = token.digest
        return try await database.write { (connection) throws(DatabaseError) in
            let newer = try connection.row(
                "SELECT 1 FROM reset_tokens WHERE user_id = $1 AND request > $2 LIMIT 1",
                .text(grant.holder.userID),
                .text(grant.request)
            )
            guard newer == nil else { return false }
            try connection.execute(
                "DELETE FROM reset_tokens WHERE user_id = $1 AND request < $2",
                .text(grant.holder.userID),
                .text(grant.request)
            )
            try connection.execute(
                """
                INSERT INTO reset_tokens (digest, user_id, address, brand, locale, request, expires_at, refusals)
                VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
                """,
                .text(digest),
                .text(grant.holder.userID),
                .text(grant.holder.address),
                .text(grant.holder.brand),
                SQLValue(grant.holder.locale),
                .text(grant.request),
                SQLValue(grant.expiresAt)
            )
            return true
        }
    }

    /// Reserves a token for this caller; nil when it is unknown, used, void, expired or reserved.
    ///
    /// A newer request's token makes it void here too, because two gateways may store tokens at the same moment.
    func reserve(_ token: ResetToken, now: Timestamp) async throws(DatabaseError) -> Reservation? {
        let digest = token.digest
        let until = now + Self.reservationSpan
        return try await database.write { (connection) throws(DatabaseError) in
            let taken = try connection.execute(
                """
                UPDATE reset_tokens SET reserved_until = $2
                WHERE digest = $1 AND expires_at > $3 AND refusals < $4
                    AND (reserved_until IS NULL OR reserved_until <= $3)
                    AND NOT EXISTS (SELECT 1 FROM reset_tokens newer
                        WHERE newer.user_id = reset_tokens.user_id AND newer.request > reset_tokens.request)
                """,
                .text(digest),
                SQLValue(until),
                SQLValue(now),
                .integer(Int64(Self.refusalLimit))
            )
            guard taken == 1, let row = try connection.record(Self.holder, .text(digest)) else { return nil }
            let holder = Holder(
                userID: try row[ResetTokenRows.userID],
                address: try row[ResetTokenRows.address],
                brand: try row[ResetTokenRows.brand],
                locale: try row[ResetTokenRows.locale]
            )
            return Reservation(token: token, holder: holder, until: until)
        }
    }

    private static let holder = Query(
        Selection(
            ResetTokenRows.table,
            [
                ResetTokenRows.digest, ResetTokenRows.userID, ResetTokenRows.address, ResetTokenRows.brand,
                ResetTokenRows.locale,
            ]
        )
    ) { "SELECT \($0) FROM reset_tokens WHERE digest = $1" }

    /// Releases a token; `refused` counts towards its five tries.
    ///
    /// A reservation that has expired and belongs to another caller by now is unchanged.
    func releaseReservation(_ reservation: Reservation, refused: Bool) async throws(DatabaseError) {
        let digest = reservation.token.digest
        try await database.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(
                """
                UPDATE reset_tokens SET reserved_until = NULL, refusals = refusals + $2
                WHERE digest = $1 AND reserved_until = $3
                """,
                .text(digest),
                .integer(refused ? 1 : 0),
                SQLValue(reservation.until)
            )
        }
    }

    /// Voids all tokens of the user after a change.
    func finish(userID: String) async throws(DatabaseError) {
        try await database.write { (connection) throws(DatabaseError) in
            _ = try connection.execute("DELETE FROM reset_tokens WHERE user_id = $1", .text(userID))
        }
    }

    /// Deletes expired tokens.
    package func purge(now: Timestamp) async throws(DatabaseError) {
        try await database.write { (connection) throws(DatabaseError) in
            _ = try connection.execute("DELETE FROM reset_tokens WHERE expires_at <= $1", SQLValue(now))
        }
    }
}

/// Encodes bytes in lower-case hexadecimal.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// The secret in a reset link: 256 random bits, of which the store has only the hash.
package struct ResetToken: Sendable, Hashable {
    /// base64url, 43 characters.
    package let text: Secret

    /// `random` returns 64 unpredictable bits.
    package init(random: @Sendable () -> UInt64) {
        let bytes = (0..<4).flatMap { _ in
            let word = random()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
        text = Secret(Base64URL.encode(bytes))
    }

    /// Parses a presented token; nil when it has another format.
    package init?(presented: String) {
        guard presented.utf8.count == 43, Base64URL.decode(presented)?.count == 32 else { return nil }
        text = Secret(presented)
    }

    /// The SHA-256 hash in hexadecimal, which is what the store keeps.
    ///
    /// A plain hash is sufficient for 256 random bits (OWASP ASVS 5, 6.5.2).
    package var digest: String { Hexadecimal.text(SHA256.hash(data: Array(text.exposed.utf8))) }
}
