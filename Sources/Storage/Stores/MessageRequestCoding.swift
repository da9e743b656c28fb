// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
import Queue

/// The request as encoded in its column. Empty and nil fields are left out. `data` is nested no deeper than in the
/// sender's request, so that it can be parsed again.
extension StoredRequest {
    var json: JSON {
        var fields = JSONObject()
        fields["from"] = from.json
        if !replyTo.isEmpty { fields["reply_to"] = .array(replyTo.map(\.json)) }
        fields["recipients"] = .array(recipients.map(\.json))
        switch content {
        case .template(let name, let version, let locale, let data):
            fields["template"] = .string(name)
            fields["version"] = .string(version.description)
            fields["locale"] = locale.map(JSON.string)
            fields["data"] = data
        case .literal(let subject, let html, let text):
            fields["subject"] = .string(subject)
            fields["html"] = html.map(JSON.string)
            fields["text"] = text.map(JSON.string)
        case .raw(let raw): fields["raw"] = raw.json
        }
        fields["brand"] = .string(brand)
        fields["category"] = category.map(JSON.string)
        fields["priority"] = .string(priority.name)
        if !tags.isEmpty { fields["tags"] = .array(tags.map(JSON.string)) }
        if !metadata.isEmpty {
            fields["metadata"] = .object(
                JSONObject(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
            )
        }
        if !headers.isEmpty { fields["headers"] = .array(headers.map { [.string($0.name), .string($0.value)] }) }
        if !attachments.isEmpty { fields["attachments"] = .array(attachments.map(\.json)) }
        fields["send_at"] = sendAt?.json
        fields["expires_at"] = expiresAt?.json
        fields["provider"] = provider.map(JSON.string)
        fields["list"] = list.map(JSON.string)
        if hasTextOnlyTemplate { fields["text_only"] = true }
        if via != .api { fields["via"] = .string(via.rawValue) }
        fields["captured"] = captured.map(JSON.string)
        return .object(fields)
    }

    /// Nil when a required field is missing or of another type.
    init?(_ json: JSON) {
        guard let from = json["from"].flatMap(Mailbox.init), let replyTo = json.list("reply_to", Mailbox.init),
            let recipients = json.list("recipients", Recipient.init), let content = Content(json),
            let brand = json["brand"]?.string, let priority = json["priority"]?.string.flatMap(Priority.init(name:)),
            let tags = json.list("tags", \.string), let headers = json.list("headers", HeaderField.init),
            let attachments = json.list("attachments", AttachmentReference.init),
            let category = json.optional("category", \.string),
            let metadata = json.optional("metadata", { $0.object.flatMap(Self.strings) }),
            let sendAt = json.optional("send_at", Timestamp.init),
            let expiresAt = json.optional("expires_at", Timestamp.init),
            let provider = json.optional("provider", \.string), let list = json.optional("list", \.string)
        else { return nil }
        self.init(
            from: from,
            replyTo: replyTo,
            recipients: recipients,
            content: content,
            brand: brand,
            category: category,
            priority: priority,
            tags: tags,
            metadata: metadata ?? [:],
            headers: headers,
            attachments: attachments,
            sendAt: sendAt,
            expiresAt: expiresAt,
            provider: provider
        )
        self.list = list
        hasTextOnlyTemplate = json["text_only"]?.bool ?? false
        captured = json["captured"]?.string
        if let path = json["via"]?.string { via = SubmissionPath(rawValue: path) }
    }

    private static func strings(_ object: JSONObject) -> [String: String]? {
        let pairs = object.compactMap { member in member.value.string.map { (member.key, $0) } }
        return pairs.count == object.count ? Dictionary(pairs) { $1 } : nil
    }
}

extension StoredRequest.Content {
    fileprivate init?(_ json: JSON) {
        if let raw = json["raw"] {
            guard let raw = StoredRequest.RawContent(raw) else { return nil }
            self = .raw(raw)
        } else if let name = json["template"]?.string, let version = json["version"]?.string, let data = json["data"],
            let locale = json.optional("locale", \.string)
        {
            self = .template(name: name, version: ContentHash(hexadecimal: version), locale: locale, data: data)
        } else if let subject = json["subject"]?.string, let html = json.optional("html", \.string),
            let text = json.optional("text", \.string)
        {
            self = .literal(subject: subject, html: html, text: text)
        } else {
            return nil
        }
    }
}

extension StoredRequest.RawContent {
    fileprivate var json: JSON {
        .object(
            JSONObject([
                ("hash", .string(hash.description)), ("size", .integer(size)), ("subject", .string(subject)),
                ("message_id", .string(messageID)), ("html", .bool(hasHTML)), ("raw_only", .bool(isRawOnly)),
            ])
        )
    }

    fileprivate init?(_ json: JSON) {
        guard let hash = json["hash"]?.string, let size = json["size"]?.integer.flatMap({ Int($0) }),
            let subject = json["subject"]?.string, let messageID = json["message_id"]?.string,
            let hasHTML = json["html"]?.bool, let isRawOnly = json["raw_only"]?.bool
        else { return nil }
        self.init(
            hash: ContentHash(hexadecimal: hash),
            size: size,
            subject: subject,
            messageID: messageID,
            hasHTML: hasHTML,
            isRawOnly: isRawOnly
        )
    }
}

extension StoredRequest.AttachmentReference {
    fileprivate var json: JSON {
        var fields: JSONObject = JSONObject([
            ("hash", .string(hash.description)), ("size", .integer(size)), ("filename", .string(fileName)),
            ("content_type", .string(contentType)), ("disposition", .string(disposition.rawValue)),
        ])
        fields["content_id"] = contentID.map(JSON.string)
        return .object(fields)
    }

    fileprivate init?(_ json: JSON) {
        guard let hash = json["hash"]?.string, let size = json["size"]?.integer,
            let fileName = json["filename"]?.string, let contentType = json["content_type"]?.string,
            let disposition = json["disposition"]?.string.flatMap(Attachment.Disposition.init),
            let contentID = json.optional("content_id", \.string)
        else { return nil }
        self.init(
            hash: ContentHash(hexadecimal: hash),
            size: size,
            fileName: fileName,
            contentType: contentType,
            contentID: contentID,
            disposition: disposition
        )
    }
}

extension JSON {
    /// The items of the list under `key`, none when it is absent; nil when an item cannot be read.
    func list<T>(_ key: String, _ read: (JSON) -> T?) -> [T]? {
        guard let value = self[key] else { return [] }
        return value.list(read)
    }

    func list<T>(_ read: (JSON) -> T?) -> [T]? {
        guard let items = array else { return nil }
        let values = items.compactMap(read)
        return values.count == items.count ? values : nil
    }
}

extension JSON {
    /// The value under `key`, nil inside when it is absent; nil when it is present and cannot be read.
    ///
    /// A lost field could send a message to another place, or for longer, than its sender meant.
    func optional<T>(_ key: String, _ read: (JSON) -> T?) -> T?? {
        guard let value = self[key], !value.isNull else { return .some(nil) }
        return read(value).map { .some($0) }
    }
}

extension Timestamp {
    var json: JSON { .integer(Int(milliseconds)) }

    init?(_ json: JSON) {
        guard let milliseconds = json.integer else { return nil }
        self.init(milliseconds: Int64(milliseconds))
    }
}

extension EmailAddress {
    /// Restores an address from its stored form: a domain contains no `@`.
    init?(stored text: String) {
        guard let at = text.lastIndex(of: "@") else { return nil }
        self.init(checkedLocal: String(text[..<at]), checkedDomain: String(text[text.index(after: at)...]))
    }
}

extension Mailbox {
    var json: JSON {
        var fields = JSONObject([("address", .string(address.description))])
        fields["name"] = name.map(JSON.string)
        return .object(fields)
    }

    init?(_ json: JSON) {
        guard let address = json["address"]?.string.flatMap(EmailAddress.init(stored:)),
            let name = json.optional("name", \.string)
        else { return nil }
        self.init(checkedName: name, address: address)
    }
}

extension Recipient {
    var json: JSON {
        var fields = JSONObject([("address", .string(mailbox.address.description)), ("kind", .string(kind.rawValue))])
        fields["name"] = mailbox.name.map(JSON.string)
        return .object(fields)
    }

    init?(_ json: JSON) {
        guard let mailbox = Mailbox(json), let kind = json["kind"]?.string.flatMap(Kind.init) else { return nil }
        self.init(mailbox, kind: kind)
    }
}

extension HeaderField {
    init?(_ json: JSON) {
        guard let pair = json.array, pair.count == 2, let name = pair[0].string, let value = pair[1].string else {
            return nil
        }
        self.init(checkedName: name, checkedValue: value)
    }
}

extension RecipientStatus {
    /// Contains the status and not the address: the addresses are in the request, which is dropped before the message
    /// is.
    var json: JSON {
        var fields = JSONObject([("state", .string(state.rawValue))])
        fields["detail"] = detail.map(JSON.string)
        return .object(fields)
    }

    init?(_ json: JSON, of recipient: Recipient) {
        guard let state = json["state"]?.string.flatMap(State.init) else { return nil }
        self.init(
            address: recipient.mailbox.address,
            kind: recipient.kind,
            state: state,
            detail: json["detail"]?.string
        )
    }
}

extension MessageFailure {
    var json: JSON { ["kind": .string(kind), "code": .string(code), "detail": .string(detail)] }

    init?(_ json: JSON) {
        guard let kind = json["kind"]?.string, let code = json["code"]?.string, let detail = json["detail"]?.string
        else {
            return nil
        }
        self.init(kind: kind, code: code, detail: detail)
    }
}
