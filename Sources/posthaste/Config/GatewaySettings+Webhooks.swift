// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import JSON
import Queue
import Settings

extension SettingsReader {
    /// The receivers of events, by name; faults are noted in the reader.
    func webhooks(brands: [String]) -> [WebhookEndpoint] {
        guard let reader = map("webhooks") else { return [] }
        return reader.keys.sorted().compactMap { name in
            if !Self.isWebhookName(name) {
                let remedy = "use letters, digits, `-` and `_`, at most 64 of them"
                reader.note("`\(name)` cannot be the name of a webhook", key: name, remedy: remedy)
            }
            guard let section = reader.map(name) else {
                reader.note("this webhook has no settings", key: name, remedy: "add `url:` and `secret:` below it")
                return nil
            }
            // Anything but a map was noted.
            guard case .map? = reader.node(name)?.value else { return nil }
            return section.webhook(name, brands: brands)
        }
    }

    private func webhook(_ name: String, brands: [String]) -> WebhookEndpoint? {
        let allowsPrivate = boolean("allow_private") ?? false
        let url = webhookURL(allowsPrivate: allowsPrivate)
        let secrets = webhookSecrets()
        let kinds = webhookKinds()
        let wanted = strings("brands")
        if wanted?.isEmpty == true { note("there is no brand in it", key: "brands", remedy: "leave it out for all") }
        for brand in wanted ?? [] { check(brand, isOneOf: brands, as: "brand", key: "brands") }
        guard let url, !secrets.isEmpty else { return nil }
        return WebhookEndpoint(
            name: name,
            url: url,
            secrets: secrets,
            kinds: kinds ?? WebhookEndpoint.usualKinds,
            brands: wanted.map { Set($0) },
            allowsPrivate: allowsPrivate
        )
    }

    private func webhookURL(allowsPrivate: Bool) -> HTTPURL? {
        guard let text = string("url", required: true) else { return nil }
        guard let url = HTTPURL(text) else {
            note("expected an https address", key: "url", remedy: "write it like https://shop.example.org/hooks/mail")
            return nil
        }
        guard url.isSecure || url.isLoopback else {
            note("events leave over https only", key: "url", remedy: "http is for loopback hosts alone")
            return nil
        }
        if let address = IPAddress(url.host), !address.isPublic, !address.isLoopback, !allowsPrivate {
            let remedy = "set `allow_private: true` if the receiver is in your own network"
            note("`\(url.host)` is an address of a private network", key: "url", remedy: remedy)
        }
        return url
    }

    private func webhookSecrets() -> [WebhookSecret] {
        let (one, several) = (secret("secret"), secrets("secrets"))
        if one != nil, several != nil {
            note("both `secret` and `secrets` are set", key: "secret", remedy: "keep `secrets: [new, old]` alone")
        }
        let key = one == nil ? "secrets" : "secret"
        let texts = one.map { [$0] } ?? several ?? []
        if texts.isEmpty, node("secret") == nil, node("secrets") == nil {
            note("`secret` is missing", remedy: "make one with `echo whsec_$(openssl rand -base64 32)`")
        } else if several?.isEmpty == true {
            note("there is no secret in it", key: key)
        }
        return texts.compactMap { text in
            let secret = WebhookSecret(text)
            if secret == nil {
                let remedy = "make one with `echo whsec_$(openssl rand -base64 32)`"
                note("expected `whsec_` and 24 to 64 bytes in base64", key: key, remedy: remedy)
            }
            return secret
        }
    }

    private func webhookKinds() -> Set<MessageEvent.Kind>? {
        guard let words = strings("events") else { return nil }
        if words.isEmpty { note("there is no event in it", key: "events", remedy: "leave it out for the usual ones") }
        for word in words {
            check(word, isOneOf: MessageEvent.Kind.allCases.map(\.rawValue), as: "event", key: "events")
        }
        return Set(words.compactMap { MessageEvent.Kind(rawValue: $0) })
    }

    private static func isWebhookName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && name.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_".utf8.contains($0) }
    }
}

extension WebhookEndpoint {
    /// The section for display, with its defaults.
    var view: JSON {
        let kinds = MessageEvent.Kind.allCases.filter { filter.kinds?.contains($0) ?? true }
        let url = url.description == shownURL ? shownURL : "\(shownURL)?\(SettingsView.mask)"
        return [
            "url": .string(url), "secrets": .array(secrets.map { _ in .string(SettingsView.mask) }),
            "events": .array(kinds.map { .string($0.rawValue) }),
            "brands": filter.brands.map { .array($0.sorted().map(JSON.string)) } ?? .null,
            "allow_private": .bool(allowsPrivate),
        ]
    }
}
