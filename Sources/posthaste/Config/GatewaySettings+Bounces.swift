// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import Mail
import Settings

extension SettingsReader {
    /// The key `domain` of the section `bounces`; nil when there is no such section.
    func bounceDomain() -> String? {
        guard let reader = map("bounces") else { return nil }
        guard let text = reader.string("domain", required: true) else { return nil }
        // Without a key anyone could write a report about any message.
        if node("sealing_key") == nil, node("sealing_keys") == nil {
            reader.note(
                "the addresses of this domain hold a proof, for which there is no key",
                key: "domain",
                remedy: "set `sealing_key`; make one with `openssl rand -base64 32`"
            )
        }
        do throws(FieldError) {
            return try DomainName.ascii(text[...])
        } catch {
            reader.note(
                "`\(text)` is no domain: \(error)",
                key: "domain",
                remedy: "write a domain that has no other mail, such as bounces.example.org"
            )
            return nil
        }
    }
}

extension GatewaySettings {
    /// The envelope senders of mail; nil without a bounce domain or a sealing key.
    var bounceAddresses: VERPAddresses? {
        guard let bounceDomain, let sealing = SecretSealing(keys: sealingKeys) else { return nil }
        return VERPAddresses(domain: bounceDomain, sealing: sealing)
    }

    /// What makes the bounce domain useless; empty when all is well.
    var bounceWarnings: [String] {
        guard let bounceDomain else { return [] }
        let kinds: Set<String> = ["smtp", "command"]
        if !providers.contains(where: { kinds.contains($0.kind) }) {
            return [
                "`bounces.domain` is set, but no provider of the kind smtp or command sends mail with its addresses"
            ]
        }
        guard smtp == nil else { return [] }
        return [
            "`bounces.domain` is set, but no listener takes the reports to \(bounceDomain): add `smtp` with a listener for port 25"
        ]
    }
}
