// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// A JSON object in a call with events.
///
/// An error names the member, by its place in the call.
struct EventItem: Sendable {
    private static let longestTime = 253_402_300_799.0
    /// In octets, of the ids of events and of messages at the service.
    static let longestID = 255

    let members: JSONObject
    /// Empty for the whole body, else such as `[3]`.
    private let place: String

    init(_ members: JSONObject, at place: String = "") {
        (self.members, self.place) = (members, place)
    }

    /// The object that a body consists of.
    init(body: [UInt8]) throws(EventRejection) {
        let value = try Self.value(of: body)
        guard let object = value.object else {
            throw .malformed("the body is \(value.typeName), not an object with an event")
        }
        self.init(object)
    }

    /// The objects of a list, or the one object that a body consists of.
    static func list(body: [UInt8]) throws(EventRejection) -> [EventItem] {
        let value = try value(of: body)
        if let object = value.object { return [EventItem(object)] }
        guard let items = value.array else {
            throw .malformed("the body is \(value.typeName), not a list of events")
        }
        return try list(items, at: "")
    }

    private static func value(of body: [UInt8]) throws(EventRejection) -> JSON {
        guard let value = JSON(answer: body) else {
            throw .malformed("the body is not JSON of at most \(JSON.deepestAnswer) levels")
        }
        return value
    }

    private static func list(_ items: [JSON], at place: String) throws(EventRejection) -> [EventItem] {
        var objects: [EventItem] = []
        objects.reserveCapacity(items.count)
        for (number, item) in items.enumerated() {
            guard let object = item.object else {
                throw .malformed("`\(place)[\(number)]` is \(item.typeName), not an object")
            }
            objects.append(EventItem(object, at: "\(place)[\(number)]"))
        }
        return objects
    }

    private func path(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

    /// The error of a member that is missing, or is no `what`.
    func fault(_ key: String, _ what: String) -> EventRejection {
        problem(key, members[key]?.isNull ?? true ? "is missing" : "is no \(what)")
    }

    /// The error of a member about which `text` says what is wrong.
    func problem(_ key: String, _ text: String) -> EventRejection { .malformed("`\(path(key))` \(text)") }

    // Objects and lists

    /// The object under `key`; nil when it is absent or of another type.
    func object(_ key: String) -> EventItem? { members[key]?.object.map { EventItem($0, at: path(key)) } }

    func requiredObject(_ key: String) throws(EventRejection) -> EventItem {
        guard let object = object(key) else { throw fault(key, "object") }
        return object
    }

    /// The objects of the list under `key`; none when it is absent or null.
    func objects(_ key: String) throws(EventRejection) -> [EventItem] {
        guard let value = members[key], !value.isNull else { return [] }
        guard let items = value.array else { throw fault(key, "list") }
        return try Self.list(items, at: path(key))
    }

    /// The texts of the list under `key`.
    func texts(_ key: String) -> [String] { members[key]?.array?.compactMap(\.string) ?? [] }

    // Texts

    /// The text under `key`; nil when it is empty, absent or of another type.
    func text(_ key: String) -> String? { members[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    func requiredText(_ key: String) throws(EventRejection) -> String {
        guard let text = text(key) else { throw fault(key, "text") }
        return text
    }

    /// A text, or a whole number as one.
    func word(_ key: String) -> String? { text(key) ?? members[key]?.integer.map { String($0) } }

    /// An address without or with a display name; nil when there is none that the gateway can send to.
    func address(_ key: String) -> EmailAddress? { text(key).flatMap(Self.address) }

    static func address(_ text: String) -> EmailAddress? {
        // The event then counts for the message without a recipient; the reason is not needed.
        (try? Mailbox(parsing: text))?.address
    }

    /// The gateway's id of the message under `key`; nil for a text that is none.
    func messageID(_ key: String = serviceIDKey) -> String? { text(key).flatMap(Self.messageID) }

    static func messageID(_ text: String) -> String? {
        let start = "msg_"
        guard text.hasPrefix(start), (1...60).contains(text.utf8.count - start.utf8.count),
            text.utf8.dropFirst(start.utf8.count).allSatisfy(\.isASCIIAlphanumeric)
        else { return nil }
        return text
    }

    /// The gateway's id in a list of objects with `name`, in any case, and `value`, such as header fields.
    func messageID(named name: String, in key: String) -> String? {
        let item = members[key]?.array?.first { $0["name"]?.string?.lowercased() == name.lowercased() }
        return item?["value"]?.string.flatMap(Self.messageID)
    }

    /// The id of the message at the service; nil for one that the gateway does not store.
    func serviceID(_ key: String) -> String? { word(key).flatMap { Self.isStorable($0) ? $0 : nil } }

    // Times

    /// Seconds since 1970, as a number or in a text.
    func seconds(_ key: String) throws(EventRejection) -> Timestamp { try time(key, perSecond: 1) }

    /// Milliseconds since 1970.
    func milliseconds(_ key: String) throws(EventRejection) -> Timestamp { try time(key, perSecond: 1000) }

    private func time(_ key: String, perSecond: Double) throws(EventRejection) -> Timestamp {
        guard let number = members[key]?.double ?? text(key).flatMap({ Double($0) }),
            (0...Self.longestTime).contains(number / perSecond)
        else { throw fault(key, "time") }
        return Timestamp(milliseconds: Int64((number / perSecond * 1000).rounded()))
    }

    /// A time in the form of RFC 3339.
    func moment(_ key: String) throws(EventRejection) -> Timestamp {
        guard let time = text(key).flatMap({ Timestamp($0) }) else { throw fault(key, "time") }
        return time
    }

    // Ids of events

    /// An id from what tells an event from others, as it is or hashed.
    static func id(_ parts: String...) -> String {
        let text = parts.joined(separator: ":")
        return isStorable(text) ? text : hash(text)
    }

    /// The hash of what tells an event from others.
    static func hash(_ parts: String...) -> String {
        ContentHash(of: Array(parts.joined(separator: "\n").utf8)).description
    }

    /// The hash of the whole object.
    var hash: String { ContentHash(of: JSON.object(members).encoded()).description }

    private static func isStorable(_ text: String) -> Bool {
        (1...longestID).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
