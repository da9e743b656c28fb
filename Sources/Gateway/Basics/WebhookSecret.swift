// SPDX-License-Identifier: Apache-2.0
import Crypto

/// The key with which a receiver verifies that a request comes from this gateway (Standard Webhooks 1.0.0).
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
        let bytes = Base64.decode(String(key.exposed.dropFirst(6))) ?? []
        var code = HMAC<SHA256>(key: SymmetricKey(data: bytes))
        code.update(data: Array("\(id).\(time).".utf8))
        code.update(data: body)
        return "v1,\(Base64.encode(Array(code.finalize())))"
    }
}
