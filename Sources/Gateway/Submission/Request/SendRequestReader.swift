// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Queue

/// Reads the JSON of a send request.
///
/// Values of the wrong type and unknown names are its faults; ``SendRequestCheck`` finds all others.
struct SendRequestReader {
    static let names = [
        "to", "cc", "bcc", "reply_to", "from", "template", "data", "locale", "subject", "html", "text", "brand",
        "attachments", "headers", "category", "tags", "metadata", "priority", "send_at", "expires_at", "provider",
        "raw", "list",
    ]
    private static let known = Set(names)
    private static let addressMembers = ["email", "name"]
    private static let fileMembers = ["filename", "content", "content_type", "content_id", "disposition"]

    let fields: JSONObject
    let places: RequestPlaces
    var faults: RequestFaults
    private(set) var unreadable: Set<String> = []

    init(_ fields: JSONObject, at places: RequestPlaces, faults: RequestFaults = RequestFaults()) {
        self.fields = fields
        self.places = places
        self.faults = faults
    }

    /// The request with all of its fields; `withAttachments` is false when those of the defaults are known already.
    mutating func request(via path: SubmissionPath, withAttachments: Bool = true) -> SendRequest {
        var request = SendRequest(via: path)
        request.to = addresses("to")
        request.cc = addresses("cc")
        request.bcc = addresses("bcc")
        request.replyTo = addresses("reply_to")
        if let value = fields["from"] { request.from = read("from") { $0.address(value, at: $0.place("from")) } }
        request.template = text("template")
        if let value = fields["data"] { request.data = read("data") { $0.object(value, at: $0.place("data")) } }
        request.locale = text("locale")
        request.raw = raw()
        request.subject = text("subject")
        request.html = text("html")
        request.text = text("text")
        request.brand = text("brand")
        request.category = text("category")
        request.list = text("list")
        request.priority = text("priority")
        request.provider = text("provider")
        if withAttachments { request.attachments = files() }
        request.headers = texts("headers")
        request.tags = tags()
        request.metadata = texts("metadata")
        request.sendAt = text("send_at").map(SendRequest.Time.text)
        request.expiresAt = text("expires_at").map(SendRequest.Time.text)
        request.unreadable = unreadable
        return request
    }

    /// Notes names that are no fields of a send request.
    mutating func refuseUnknownFields(of own: JSONObject, at root: JSONPointer) {
        for (name, _) in own where !Self.known.contains(name) && !faults.isFull {
            faults.invalid(
                root.appending(name),
                "is no field of a send request\(NearestName.hint(name, among: Self.names))"
            )
        }
    }

    /// The attachments, each as far as it can be read.
    mutating func files() -> [SendRequest.File?]? {
        guard let value = fields["attachments"],
            let items = read("attachments", { $0.list(value, at: $0.place("attachments")) })
        else { return nil }
        var files: [SendRequest.File?] = []
        files.reserveCapacity(items.count)
        for (position, item) in items.enumerated() {
            let here = place("attachments").appending(position)
            files.append(object(item, at: here).map { file($0, at: here) })
        }
        return files
    }

    private func place(_ name: String) -> RequestPlace { places.place(name) }

    /// Runs `read`, and notes the field as unreadable when it gives nothing.
    private mutating func read<Value>(_ name: String, _ read: (inout Self) -> Value?) -> Value? {
        let value = read(&self)
        if value == nil { unreadable.insert(name) }
        return value
    }

    private mutating func text(_ name: String) -> String? {
        guard let value = fields[name] else { return nil }
        return read(name) { $0.string(value, at: $0.place(name)) }
    }

    private mutating func raw() -> SendRequest.Raw? {
        guard let encoded = text("raw") else { return nil }
        return read("raw") { reader in
            guard let bytes = Base64.decode(encoded) else {
                reader.faults.invalid(
                    reader.place("raw"),
                    "is not base64 (RFC 4648 section 4, with padding); `raw` is a whole message (RFC 5322), encoded"
                )
                return nil
            }
            return .bytes(bytes)
        }
    }

    private mutating func addresses(_ name: String) -> SendRequest.Addresses? {
        guard let value = fields[name] else { return nil }
        guard case .array(let items) = value else {
            return SendRequest.Addresses([address(value, at: place(name))], isSingle: true)
        }
        var addresses: [SendRequest.Address?] = []
        addresses.reserveCapacity(items.count)
        for (position, item) in items.enumerated() {
            addresses.append(address(item, at: place(name).appending(position)))
        }
        return SendRequest.Addresses(addresses)
    }

    private mutating func address(_ value: JSON, at place: RequestPlace) -> SendRequest.Address? {
        switch value {
        case .string(let text): return .text(text)
        case .object(let members):
            refuseUnknownMembers(of: members, Self.addressMembers, "is no part of an address", at: place)
            let (name, isNamed) = member("name", of: members, at: place)
            let (email, isAddressed) = member("email", of: members, at: place)
            return isNamed && isAddressed ? .parts(email: email, name: name) : nil
        default:
            let forms = "expected an address such as \"Ana <ana@example.org>\" or {\"email\": …, \"name\": …}"
            faults.invalid(place, "\(forms), found \(value.typeName)")
            return nil
        }
    }

    private mutating func file(_ members: JSONObject, at place: RequestPlace) -> SendRequest.File {
        refuseUnknownMembers(of: members, Self.fileMembers, "is no part of an attachment", at: place)
        let (name, encoded) = (
            requiredMember("filename", of: members, at: place), requiredMember("content", of: members, at: place)
        )
        let content = encoded.flatMap(Base64.decode)
        if encoded != nil, content == nil {
            faults.invalid(place.appending("content"), "is not base64 (RFC 4648 section 4, with padding)")
        }
        return SendRequest.File(
            fileName: name,
            content: content,
            contentType: member("content_type", of: members, at: place).text,
            contentID: member("content_id", of: members, at: place).text,
            disposition: member("disposition", of: members, at: place).text
        )
    }

    /// An object of texts, in the order in which they were written.
    private mutating func texts(_ name: String) -> [(name: String, value: String)]? {
        guard let value = fields[name], let members = read(name, { $0.object(value, at: $0.place(name)) })
        else { return nil }
        var texts: [(name: String, value: String)] = []
        for (member, value) in members {
            let here = place(name).appending(member)
            if let text = string(value, at: here) { texts.append((member, text)) }
        }
        return texts
    }

    private mutating func tags() -> [String?]? {
        guard let value = fields["tags"], let items = read("tags", { $0.list(value, at: $0.place("tags")) })
        else { return nil }
        var tags: [String?] = []
        for (position, item) in items.enumerated() {
            tags.append(string(item, at: place("tags").appending(position)))
        }
        return tags
    }

    /// A text of an object; `isReadable` is false when it is something else.
    private mutating func member(
        _ name: String,
        of members: JSONObject,
        at place: RequestPlace
    ) -> (text: String?, isReadable: Bool) {
        guard let value = members[name] else { return (nil, true) }
        let text = string(value, at: place.appending(name))
        return (text, text != nil)
    }

    private mutating func requiredMember(
        _ name: String,
        of members: JSONObject,
        at place: RequestPlace
    ) -> String? {
        if members[name] == nil { faults.invalid(place.appending(name), "is required") }
        return member(name, of: members, at: place).text
    }

    private mutating func refuseUnknownMembers(
        of members: JSONObject,
        _ known: [String],
        _ detail: String,
        at place: RequestPlace
    ) {
        for (name, _) in members where !known.contains(name) && !faults.isFull {
            faults.invalid(place.appending(name), "\(detail)\(NearestName.hint(name, among: known))")
        }
    }

    private mutating func string(_ value: JSON, at place: RequestPlace) -> String? {
        if case .string(let text) = value { return text }
        faults.invalid(place, "expected a string, found \(value.typeName)\(Self.advice(value))")
        return nil
    }

    private mutating func object(_ value: JSON, at place: RequestPlace) -> JSONObject? {
        if case .object(let members) = value { return members }
        faults.invalid(place, "expected an object, found \(value.typeName)\(Self.advice(value))")
        return nil
    }

    private mutating func list(_ value: JSON, at place: RequestPlace) -> [JSON]? {
        if case .array(let items) = value { return items }
        faults.invalid(place, "expected a list, found \(value.typeName)\(Self.advice(value))")
        return nil
    }

    /// Advice for a null, which is not a value.
    private static func advice(_ value: JSON) -> String { value.isNull ? "; leave it out instead" : "" }
}

extension JSONObject {
    /// The fields of one message of a batch, with those of its defaults that it does not name.
    ///
    /// `data`, `headers` and `metadata` are merged name by name; any other value replaces the default.
    func overriding(_ defaults: JSONObject) -> JSONObject {
        var merged = defaults
        for (name, value) in self {
            if case .object(let inner) = value, case .object(let outer)? = defaults[name],
                ["data", "headers", "metadata"].contains(name)
            {
                var both = outer
                for (name, value) in inner { both[name] = value }
                merged[name] = .object(both)
            } else {
                merged[name] = value
            }
        }
        return merged
    }
}
