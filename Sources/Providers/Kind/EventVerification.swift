// SPDX-License-Identifier: Apache-2.0
public import Basics
package import Settings

/// How calls of a service with delivery events are authenticated: the setting `events` of a provider.
public enum EventVerification: Sendable, Hashable {
    /// HTTP Basic (RFC 7617): `username`, `password`.
    case basic(username: String, password: Secret)
    /// Standard Webhooks: `secret: whsec_…`, or a list while it rotates. The texts as written, each a valid ``WebhookSecret``.
    case standardWebhooks([Secret])
    /// A signature that a public key checks: `verification_key`, base64 of a SubjectPublicKeyInfo.
    case publicKey([UInt8])
    /// An HMAC with `signing_key`.
    case signingKey(Secret)
    /// Notifications of Amazon SNS: `topics`, and the hosts that may serve certificates in place of Amazon's.
    case notifications(topics: [String], certificateHosts: [String])
}

extension SettingsReader {
    /// The setting `events` with `username` and `password`; nil when it is absent or has a fault, which is noted.
    package func basicEvents() -> EventVerification? {
        guard let reader = map("events") else { return nil }
        let username = reader.string("username", required: true)
        let password = reader.secret("password", required: true)
        if username?.contains(":") == true {
            reader.note("a user name has no colon (RFC 7617)", key: "username")
            return nil
        }
        guard let username, let password else { return nil }
        guard !username.isEmpty, !password.exposed.isEmpty else {
            reader.note("the user name and the password may not be empty", key: "password")
            return nil
        }
        return .basic(username: username, password: password)
    }

    /// The setting `events` with `secret`, one or a list.
    package func standardWebhookEvents() -> EventVerification? {
        guard let reader = map("events") else { return nil }
        let texts: [Secret]
        if case .list? = reader.node("secret")?.value {
            texts = reader.secrets("secret") ?? []
        } else {
            texts = reader.secret("secret", required: true).map { [$0] } ?? []
        }
        var isGood = !texts.isEmpty
        for text in texts where WebhookSecret(text) == nil {
            isGood = false
            reader.note(
                "this is no secret of Standard Webhooks",
                key: "secret",
                remedy: "copy it whole: `whsec_` and base64 of 24 to 64 bytes"
            )
        }
        return isGood ? .standardWebhooks(texts) : nil
    }

    /// The setting `events` with `verification_key`.
    package func publicKeyEvents() -> EventVerification? {
        guard let reader = map("events"), let text = reader.string("verification_key", required: true) else {
            return nil
        }
        guard let key = Base64.decode(text), key.count > 26, key.first == 0x30 else {
            reader.note(
                "this is no public key",
                key: "verification_key",
                remedy: "copy the verification key of the service: one line of base64"
            )
            return nil
        }
        return .publicKey(key)
    }

    /// The setting `events` with `signing_key`.
    package func signingKeyEvents() -> EventVerification? {
        guard let reader = map("events"), let key = reader.secret("signing_key", required: true) else { return nil }
        guard !key.exposed.isEmpty else {
            reader.note("the signing key is empty", key: "signing_key")
            return nil
        }
        return .signingKey(key)
    }

    /// The setting `events` with `topics` and `certificate_hosts`.
    package func notificationEvents() -> EventVerification? {
        guard let reader = map("events") else { return nil }
        let topics = reader.strings("topics", required: true) ?? []
        let hosts = reader.strings("certificate_hosts") ?? []
        for topic in topics where !topic.hasPrefix("arn:") || topic.split(separator: ":").count != 6 {
            reader.note(
                "`\(topic)` is no topic",
                key: "topics",
                remedy: "write it like arn:aws:sns:eu-central-1:123456789012:mail"
            )
        }
        guard !topics.isEmpty, !reader.hasFaults else { return nil }
        return .notifications(topics: topics, certificateHosts: hosts)
    }
}
