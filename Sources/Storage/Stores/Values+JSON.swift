// SPDX-License-Identifier: Apache-2.0
import Gateway
import JSON

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
    /// The value under `key`, nil inside when it is absent; nil when it is there and cannot be read.
    ///
    /// A field that is lost on the way could send a message to another place, or for longer, than its sender meant.
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
    /// Restores an address of ours from its description: a domain holds no `@`.
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
    /// Says how it stands and not whose it is: the request knows, and goes before the message does.
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
