// SPDX-License-Identifier: Apache-2.0
import Crypto

/// The key with which a receiver verifies that a request comes from its sender (Standard Webhooks 1.0.0).
package struct WebhookSecret: Sendable, Hashable {
    private let key: Secret

    /// Reads `whsec_` and 24 to 64 bytes in base64; nil for anything else.
    package init?(_ secret: Secret) {
        let text = secret.exposed
        guard text.hasPrefix("whsec_"), let bytes = Base64.decode(String(text.dropFirst(6))),
            (24...64).contains(bytes.count)
        else { return nil }
        key = secret
    }

    /// A secret from 24 to 64 bytes.
    package init(bytes: [UInt8]) {
        key = Secret("whsec_\(Base64.encode(bytes))")
    }

    /// The value of `webhook-signature` for a body; `time` is in seconds since 1970.
    package func signature(id: String, time: Int64, body: [UInt8]) -> String {
        "\(WebhookSignature.version),\(Base64.encode(Array(code(id: id, time: String(time), body: body))))"
    }

    fileprivate func code(id: String, time: String, body: [UInt8]) -> HMAC<SHA256>.MAC {
        let bytes = Base64.decode(String(key.exposed.dropFirst(6))) ?? []
        var code = HMAC<SHA256>(key: SymmetricKey(data: bytes))
        code.update(data: Array("\(id).\(time).".utf8))
        code.update(data: body)
        return code.finalize()
    }
}

/// The signature of a received call (Standard Webhooks 1.0.0), with the names of the standard or those of Svix.
package struct WebhookSignature: Sendable, Hashable {
    /// Why a call is refused.
    package enum Fault: Error, Sendable, Hashable {
        /// One of the three fields is missing, or the time is no number.
        case missing
        /// The time is further from the receiver's than ``tolerance``.
        case stale
        /// No signature in the field was made with one of the secrets.
        case wrong
    }

    /// How far the sender's time may be from the receiver's, in both directions.
    package static let tolerance = Duration.seconds(300)
    /// The mark of HMAC-SHA-256.
    fileprivate static let version = "v1"

    /// The same on each try of a call.
    package let id: String
    /// When the call was made.
    package let time: Timestamp

    /// Verifies a call, of which `fields` are the header fields, with names in lower case.
    ///
    /// Each signature in the field may be made with each of the secrets, because a sender signs with the old and the new one while
    /// it rotates them. The comparison takes the same time for every signature. Throws why the call is refused.
    package init(
        verifying fields: [String: String],
        body: [UInt8],
        secrets: [WebhookSecret],
        now: Timestamp
    ) throws(Fault) {
        let name = fields["svix-id"] == nil ? "webhook" : "svix"
        guard let id = fields["\(name)-id"], !id.isEmpty, let text = fields["\(name)-timestamp"],
            let list = fields["\(name)-signature"], let seconds = Int64(text), (0...99_999_999_999).contains(seconds)
        else { throw .missing }
        let time = Timestamp(milliseconds: seconds * 1000)
        guard max(now - time, time - now) <= Self.tolerance else { throw .stale }
        let given = list.split(separator: " ").compactMap { item -> [UInt8]? in
            let parts = item.split(separator: ",", maxSplits: 1)
            guard parts.count == 2, parts[0] == Self.version else { return nil }
            return Base64.decode(String(parts[1]))
        }
        var isSigned = false
        for secret in secrets {
            let code = secret.code(id: id, time: text, body: body)
            for signature in given where code == signature { isSigned = true }
        }
        guard isSigned else { throw .wrong }
        (self.id, self.time) = (id, time)
    }
}
