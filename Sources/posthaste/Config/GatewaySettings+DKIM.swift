// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
import Settings

extension SettingsReader {
    /// The keys that sign mail; each domain may have several, with a selector each.
    func dkim() -> [DKIMSigner] {
        var signers: [DKIMSigner] = []
        var names: [String: Int] = [:]
        for (position, reader) in maps("dkim").enumerated() {
            let domain = reader.dkimDomain()
            let selector = reader.dkimSelector()
            let key = reader.dkimKey()
            guard let domain, let selector else { continue }
            let name = "\(selector)._domainkey.\(domain)"
            if let fault = DKIMName.fault(selector: selector, domain: domain) {
                reader.note(fault, key: "selector", remedy: "take a shorter one")
            }
            if let first = names[name] {
                let remedy = "remove one of them, or give this one a selector and a DNS record of its own"
                reader.note("dkim[\(first)] has the same domain and selector", key: "selector", remedy: remedy)
            }
            names[name] = names[name] ?? position
            if let key { signers.append(DKIMSigner(checkedDomain: domain, checkedSelector: selector, key: key)) }
        }
        return signers
    }

    private func dkimDomain() -> String? {
        guard let text = string("domain", required: true) else { return nil }
        do throws(FieldError) {
            return try DKIMName.domain(text)
        } catch {
            note("`\(text)` is no domain: \(error)", key: "domain", remedy: "write it like example.org")
            return nil
        }
    }

    private func dkimSelector() -> String? {
        guard let text = string("selector", required: true) else { return nil }
        if let selector = DKIMName.selector(text) { return selector }
        note("`\(text)` is no selector: \(DKIMName.selectorRule)", key: "selector", remedy: "write it like ph1")
        return nil
    }

    private func dkimKey() -> DKIMKey? {
        guard let pem = secret("key", required: true) else { return nil }
        do throws(DKIMKeyError) {
            return try DKIMKey(pem: pem)
        } catch {
            note(error.problem, key: "key", remedy: error.remedy)
            return nil
        }
    }
}

extension DKIMSigner {
    /// Why receivers may ignore its signatures, and what to do; nil for a key that all of them take.
    var warning: String? {
        let new =
            "make a key with `posthaste dkim new \(domain) SELECTOR`, and replace this one when its DNS record is published"
        guard let bits = key.bits else { return nil }
        let subject = "the DKIM key `\(selector)` of \(domain) has \(bits) bits"
        if bits < 2048 { return "\(subject), fewer than the 2,048 that receivers ask for: \(new)" }
        // RFC 8301 section 3.2.
        return bits > 4096 ? "\(subject), and receivers need not verify more than 4,096: \(new)" : nil
    }
}
