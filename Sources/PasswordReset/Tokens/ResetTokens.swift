// SPDX-License-Identifier: Apache-2.0
package import Basics
import Crypto
import Monitoring
package import SQL

/// The tokens that were minted and not used up, in the gateway's database.
///
/// A confirm reserves a token, sets the password, and then finishes or gives it back, so that of many at once one wins, and a
/// gateway that dies in between costs a minute.
package struct ResetTokens: Sendable {
    /// After so many passwords that a policy refused, a token is void.
    static let refusalLimit = 5
    /// A reservation of a gateway that died lapses after this.
    static let reservationSpan = Duration.seconds(60)

    private let database: any Database

    package init(database: any Database) {
        self.database = database
    }

    /// Whom a reserved token lets in.
    package struct Holder: Sendable, Hashable {
        package let userID: String
        package let address: String
        /// The brand and the locale of the mail it came with.
        package let brand: String
        package let locale: String?
    }

    /// A token in the hands of one confirm.
    struct Reservation: Sendable {
        let token: ResetToken
        let holder: Holder
        let until: Timestamp
    }

    /// What a token is minted for.
    package struct Grant: Sendable, Hashable {
        package var holder: Holder
        /// The request; names of later ones sort after it.
        package var request: String
        package var expiresAt: Timestamp
    }

    /// Stores a token; older requests' tokens of the user are void from now on, other tries of this request stay good.
    ///
    /// - Returns: False when a newer request of the user has minted meanwhile: this one is overtaken.
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

    /// Takes a token for this caller alone; nil when it is unknown, used, void, expired, or in somebody else's hands.
    ///
    /// A newer request's token makes it void here too: two gateways may have minted at the same moment.
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
            guard taken == 1,
                let row = try connection.row(
                    "SELECT user_id, address, brand, locale FROM reset_tokens WHERE digest = $1",
                    .text(digest)
                ), let userID = row.text(0), let address = row.text(1), let brand = row.text(2)
            else { return nil }
            let holder = Holder(userID: userID, address: address, brand: brand, locale: row.text(3))
            return Reservation(token: token, holder: holder, until: until)
        }
    }

    /// Gives a token back; `refused` counts towards its five tries.
    ///
    /// A reservation that has lapsed, and is somebody else's by now, is left alone.
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

    /// The password was changed: all tokens of the user are void.
    func finish(userID: String) async throws(DatabaseError) {
        try await database.write { (connection) throws(DatabaseError) in
            _ = try connection.execute("DELETE FROM reset_tokens WHERE user_id = $1", .text(userID))
        }
    }

    /// Drops what has expired.
    package func purge(now: Timestamp) async throws(DatabaseError) {
        try await database.write { (connection) throws(DatabaseError) in
            _ = try connection.execute("DELETE FROM reset_tokens WHERE expires_at <= $1", SQLValue(now))
        }
    }
}

/// Writes bytes in lower-case hexadecimal.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// The secret in a reset link: 256 random bits, of which only the hash is ever stored.
package struct ResetToken: Sendable, Hashable {
    /// base64url, 43 characters.
    package let text: Secret

    /// `random` gives 64 bits that nobody can guess.
    package init(random: @Sendable () -> UInt64) {
        let bytes = (0..<4).flatMap { _ in
            let word = random()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
        text = Secret(Base64URL.encode(bytes))
    }

    /// What somebody presents; nil when it cannot be a token of ours.
    package init?(presented: String) {
        guard presented.utf8.count == 43, Base64URL.decode(presented)?.count == 32 else { return nil }
        text = Secret(presented)
    }

    /// SHA-256 in hexadecimal: what the store knows of it.
    ///
    /// A plain hash is enough for 256 random bits (OWASP ASVS 5, 6.5.2).
    package var digest: String { Hexadecimal.text(SHA256.hash(data: Array(text.exposed.utf8))) }
}
