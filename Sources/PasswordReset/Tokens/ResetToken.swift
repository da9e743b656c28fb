// SPDX-License-Identifier: Apache-2.0
import Crypto
package import Gateway

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
