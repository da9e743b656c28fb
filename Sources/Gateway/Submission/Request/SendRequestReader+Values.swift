// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import Mail
import Queue

extension SendRequestReader {
    /// The text of a field; nil when it is missing, and nil with a fault when it is not a text.
    mutating func readString(_ name: String) -> String? {
        guard let value = fields[name] else { return nil }
        return string(value, at: place(name))
    }

    mutating func string(_ value: JSON, at place: RequestPlace) -> String? {
        if case .string(let text) = value { return text }
        faults.invalid(place, "expected a string, found \(value.typeName)\(Self.advice(value))")
        return nil
    }

    mutating func object(_ value: JSON, at place: RequestPlace) -> JSONObject? {
        if case .object(let members) = value { return members }
        faults.invalid(place, "expected an object, found \(value.typeName)\(Self.advice(value))")
        return nil
    }

    mutating func list(_ value: JSON, at place: RequestPlace) -> [JSON]? {
        if case .array(let items) = value { return items }
        faults.invalid(place, "expected a list, found \(value.typeName)\(Self.advice(value))")
        return nil
    }

    /// One word of letters, digits and `-_.`, at most 64 of them.
    mutating func readWord(_ name: String) -> String? {
        guard let text = readString(name) else { return nil }
        let isWord = text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) }
        guard isWord, (1...64).contains(text.utf8.count) else {
            faults.invalid(place(name), "expected one word of 1 to 64 letters, digits, `-`, `_` and `.`")
            return nil
        }
        return text
    }

    mutating func readPriority() -> Priority? {
        guard let text = readString("priority") else { return nil }
        let priority = Priority(name: text)
        if priority == nil { faults.invalid(place("priority"), "is either `critical`, `normal` or `bulk`") }
        return priority
    }

    mutating func readTags() -> [String] {
        guard let value = fields["tags"], let items = list(value, at: place("tags")) else { return [] }
        guard items.count <= 10 else {
            faults.invalid(place("tags"), "at most 10 tags, found \(items.count)")
            return []
        }
        var tags: [String] = []
        for (position, item) in items.enumerated() {
            let here = place("tags").appending(position)
            guard let tag = string(item, at: here) else { continue }
            checkLabel(tag, 1...128, at: here)
            if !tags.contains(tag) { tags.append(tag) }
        }
        return tags
    }

    mutating func readMetadata() -> [String: String] {
        guard let value = fields["metadata"], let members = object(value, at: place("metadata")) else { return [:] }
        guard members.count <= 100 else {
            faults.invalid(place("metadata"), "at most 100 members, found \(members.count)")
            return [:]
        }
        var metadata: [String: String] = [:]
        for (name, value) in members {
            let here = place("metadata").appending(name)
            guard let text = string(value, at: here) else { continue }
            checkLabel(name, 0...128, at: here)
            if text.utf8.count > 4096 { faults.invalid(here, "at most 4096 bytes, found \(text.utf8.count)") }
            metadata[name] = text
        }
        return metadata
    }

    /// A pinned provider.
    mutating func readProvider() -> String? {
        guard let name = readString("provider") else { return nil }
        guard context.settings.providers[name] != nil else {
            let known = context.settings.providers.keys.sorted()
            faults.invalid(place("provider"), "there is no provider of this name\(Self.hint(name, known))")
            return nil
        }
        if !context.principal.scopes.contains(.pinProvider) {
            faults.forbidden(place("provider"), "The key lacks the scope providers:pin.")
        }
        return name
    }

    private mutating func checkLabel(_ text: String, _ length: ClosedRange<Int>, at place: RequestPlace) {
        if let reason = HeaderText.fault(in: text) { faults.invalid(place, reason) }
        if !length.contains(text.unicodeScalars.count) {
            faults.invalid(place, "expected \(length.lowerBound) to \(length.upperBound) characters")
        }
    }

    /// Advice for a null, which is not a value.
    private static func advice(_ value: JSON) -> String { value.isNull ? "; leave it out instead" : "" }
}

extension SendRequestReader {
    mutating func readHeaders() -> [HeaderField] {
        guard let value = fields["headers"], let members = object(value, at: place("headers")) else { return [] }
        guard members.count <= HeaderField.countLimit else {
            faults.invalid(place("headers"), "at most \(HeaderField.countLimit) headers, found \(members.count)")
            return []
        }
        var headers: [HeaderField] = []
        for (name, value) in members {
            let here = place("headers").appending(name)
            guard let text = string(value, at: here) else { continue }
            do throws(FieldError) {
                headers.append(try HeaderField(name: name, value: text))
            } catch {
                faults.invalid(here, error.description)
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
            faults.invalid(place(demand.field), words + hint)
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
    ]
}
