// SPDX-License-Identifier: Apache-2.0
package import Basics
import Delivery
import Mail
import Queue

extension SendRequestCheck {
    /// One word of letters, digits and `-_.`, at most 64 of them.
    mutating func checkedWord(_ text: String?, _ name: String) -> String? {
        guard let text else { return nil }
        if let fault = LabelRules.fault(ofWord: text) {
            faults.invalid(place(name), fault)
            return nil
        }
        return text
    }

    mutating func checkedPriority() -> Priority? {
        guard let text = request.priority else { return nil }
        let priority = Priority(name: text)
        if priority == nil { faults.invalid(place("priority"), "is either `critical`, `normal` or `bulk`") }
        return priority
    }

    mutating func checkedTags() -> [String] {
        guard let items = request.tags else { return [] }
        guard items.count <= LabelRules.mostTags else {
            faults.invalid(place("tags"), "at most \(LabelRules.mostTags) tags, found \(items.count)")
            return []
        }
        var tags: [String] = []
        for (position, item) in items.enumerated() {
            guard let tag = item else { continue }
            checkLabel(tag, LabelRules.tagLength, at: place("tags").appending(position))
            if !tags.contains(tag) { tags.append(tag) }
        }
        return tags
    }

    mutating func checkedMetadata() -> [String: String] {
        guard let members = request.metadata else { return [:] }
        guard members.count <= LabelRules.mostMetadata else {
            faults.invalid(place("metadata"), "at most \(LabelRules.mostMetadata) members, found \(members.count)")
            return [:]
        }
        var metadata: [String: String] = [:]
        for (name, text) in members {
            let here = place("metadata").appending(name)
            checkLabel(name, 0...128, at: here)
            if let fault = LabelRules.fault(ofMetadata: text) { faults.invalid(here, fault) }
            metadata[name] = text
        }
        return metadata
    }

    /// A pinned provider.
    mutating func checkedProvider() -> String? {
        guard let name = request.provider else { return nil }
        guard context.settings.providers[name] != nil else {
            let known = context.settings.providers.keys.sorted()
            faults.invalid(
                place("provider"),
                "there is no provider of this name\(NearestName.hint(name, among: known))"
            )
            return nil
        }
        if !context.principal.scopes.contains(.pinProvider) {
            faults.forbidden(place("provider"), "The key lacks the scope providers:pin.")
        }
        return name
    }

    private mutating func checkLabel(_ text: String, _ length: ClosedRange<Int>, at place: RequestPlace) {
        for fault in LabelRules.faults(ofLabel: text, length) { faults.invalid(place, fault) }
    }
}

extension SendRequestCheck {
    mutating func checkedTimes() -> (sendAt: Timestamp?, expiresAt: Timestamp?) {
        let (sendAt, expiresAt) = (time(request.sendAt, "send_at"), time(request.expiresAt, "expires_at"))
        if let sendAt, let fault = Self.fault(ofSendAt: sendAt, now: context.now) {
            faults.invalid(place("send_at"), fault)
        }
        if let expiresAt {
            if expiresAt <= context.now {
                faults.invalid(place("expires_at"), "is over already")
            } else if let sendAt, expiresAt <= sendAt {
                faults.invalid(place("expires_at"), "must be later than `send_at`")
            }
        }
        return (sendAt, expiresAt)
    }

    /// Why a message cannot be sent at a time; nil when it can.
    ///
    /// A time that is past means at once.
    package static func fault(
        ofSendAt moment: Timestamp,
        expiresAt: Timestamp? = nil,
        now: Timestamp
    ) -> String? {
        if moment > now + LabelRules.furthest { return "is more than a year ahead" }
        guard let expiresAt, moment >= expiresAt else { return nil }
        return "is not before the time at which the message expires, \(expiresAt)"
    }

    private mutating func time(_ value: SendRequest.Time?, _ name: String) -> Timestamp? {
        switch value {
        case nil: return nil
        case .timestamp(let time)?: return time
        case .text(let text)?:
            let time = Timestamp(text)
            if time == nil { faults.invalid(place(name), "expected a time such as 2026-11-20T17:33:27Z (RFC 3339)") }
            return time
        }
    }
}

extension SendRequestCheck {
    mutating func checkedHeaders() -> [HeaderField] {
        guard let members = request.headers else { return [] }
        guard members.count <= HeaderField.countLimit else {
            faults.invalid(place("headers"), "at most \(HeaderField.countLimit) headers, found \(members.count)")
            return []
        }
        var headers: [HeaderField] = []
        for (name, text) in members {
            do throws(FieldError) {
                headers.append(try HeaderField(name: name, value: text))
            } catch {
                faults.invalid(place("headers").appending(name), error.description)
            }
        }
        for (position, fault) in HeaderField.faults(in: headers) {
            let here = place("headers")
            faults.invalid(position.map { here.appending(headers[$0].name) } ?? here, fault.description)
        }
        return headers
    }

    /// Refuses what no provider of the message's route can express, and what is too large for any.
    mutating func checkCapabilities(_ request: StoredRequest) {
        let needs = request.needs
        if needs.bytes > MessageSize.limit { faults.isTooLarge = true }
        if needs == MessageNeeds() { return }
        let providers = context.settings.providers(for: request.routingKey)
        if providers.isEmpty { return }
        var offers = providers.map { (features: $0.capabilities, limit: $0.maxMessageBytes) }
        if offers.contains(where: { needs.areMet(by: $0.features, maxMessageBytes: $0.limit) }) { return }
        // Rare: of some it may not be known yet what they can carry.
        offers = providers.map { (context.settings.assumedCapabilities(of: $0), $0.maxMessageBytes) }
        if offers.contains(where: { needs.areMet(by: $0.features, maxMessageBytes: $0.limit) }) { return }
        let able = offers.filter { needs.features.isSubset(of: $0.features) }
        guard able.isEmpty else {
            faults.isTooLarge = true
            return
        }
        let lacking = Self.demands.filter { demand in
            needs.features.contains(demand.need) && !offers.contains { $0.features.contains(demand.need) }
        }
        // Some provider offers each of them, but no provider offers all.
        let told = lacking.isEmpty ? Self.demands.filter { needs.features.contains($0.need) } : lacking
        let via = context.settings.routes.via(request.routingKey).providers
        let silent = via.filter { (context.settings.providers[$0] as? any StartableProvider)?.isReady == false }
        let hint = silent.isEmpty ? "" : "; \(silent.joined(separator: ", ")) did not say yet what can be carried"
        for demand in told {
            let words = "no provider of the route (\(via.joined(separator: ", "))) can carry \(demand.words)"
            faults.invalid(place(self.request.raw == nil ? demand.field : "raw"), words + hint)
        }
    }

    private static let demands: [(need: Capabilities, field: String, words: String)] = [
        (.attachments, "attachments", "attachments"),
        (.inlineImages, "attachments", "inline images"),
        (.customHeaders, "headers", "headers of the sender's own"),
        (.severalReplyTo, "reply_to", "several Reply-To addresses"),
        (.internationalAddresses, "to", "addresses with letters outside ASCII before the @ sign"),
        (.copies, "cc", "Cc and Bcc"),
        (.textOnly, "html", "a message without HTML"),
        (.rawMIME, "raw", "this raw message, part of which has no other form"),
    ]
}
