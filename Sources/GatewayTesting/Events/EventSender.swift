// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import JSON

/// Makes the calls by which a mail service reports what became of mail, signed as the service does.
public protocol EventSender: Sendable {
    /// The settings below `events:` that fit the calls.
    var settings: [EventSetting] { get }

    /// A call with this body; for SNS with this message.
    func signed(_ body: [UInt8], at now: Timestamp) -> EventCall

    /// What the service reports about a mail, in its own form; nil when it has no such event.
    ///
    /// The same event of the same mail has the same id.
    func body(_ event: ReportedEvent, of mail: ReportedMail, at now: Timestamp) -> JSON?
}

extension EventSender {
    /// A call with one event; nil when the service has no such event.
    public func call(_ event: ReportedEvent, of mail: ReportedMail, at now: Timestamp) -> EventCall? {
        body(event, of: mail, at: now).map { signed($0.encoded(), at: now) }
    }

    /// A call with this JSON.
    package func signed(_ body: JSON, at now: Timestamp) -> EventCall { signed(body.encoded(), at: now) }

    /// The settings as a map of YAML on one line.
    public var yaml: String { "{ \(settings.map(\.yaml).joined(separator: ", ")) }" }
}

/// A setting below `events:`.
public struct EventSetting: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        case text(String)
        case list([String])
    }

    public let key: String
    public let value: Value

    public init(_ key: String, _ value: String) { (self.key, self.value) = (key, .text(value)) }
    public init(_ key: String, list: [String]) { (self.key, self.value) = (key, .list(list)) }

    fileprivate var yaml: String {
        switch value {
        case .text(let text): "\(key): \(JSON.string(text).text())"
        case .list(let items): "\(key): \(JSON.array(items.map(JSON.string)).text())"
        }
    }
}

/// What a service may report.
public enum ReportedEvent: String, Sendable, Hashable, CaseIterable {
    case delayed, delivered
    /// There is no such mailbox.
    case hardBounce
    /// The service calls it a soft bounce.
    case softBounce
    /// The content or the reputation is refused.
    case policyBounce
    /// The service has the address on a list.
    case suppressedBounce
    case complained, opened, clicked, unsubscribed
}

/// A mail about which a service reports.
public struct ReportedMail: Sendable, Hashable {
    /// The gateway's id of the message; nil when the report does not have it.
    public var messageID: String?
    /// The id at the service, as `provider_message_id` has it.
    public var serviceID: String
    public var recipient: String

    public init(messageID: String?, serviceID: String, recipient: String) {
        (self.messageID, self.serviceID, self.recipient) = (messageID, serviceID, recipient)
    }

    /// An id for the event of a mail: 32 hexadecimal digits.
    func eventID(_ event: ReportedEvent) -> String {
        let text = [event.rawValue, messageID ?? "", serviceID, recipient].joined(separator: "\n")
        return String(ContentHash(of: Array(text.utf8)).description.prefix(32))
    }

    /// The gateway's id under the key that all services keep; empty without one.
    var custom: JSONObject { JSONObject(messageID.map { [("posthaste_id", JSON.string($0))] } ?? []) }
}

extension EventCall {
    /// The call as a request to an address.
    public func request(to url: HTTPURL) -> HTTPRequest {
        HTTPRequest(.post, url, headers: fields.sorted { $0.key < $1.key }.map { HTTPHeader($0, $1) }, body: body)
    }
}

extension Timestamp {
    /// Whole seconds since 1970.
    var seconds: Int { Int(milliseconds / 1000) }
}

/// The user name and the password of services that do not sign.
public struct SenderPassword: Sendable, Hashable {
    public var username = "hook"
    public var password = "correct horse: battery"

    public init() {}

    var settings: [EventSetting] { [EventSetting("username", username), EventSetting("password", password)] }

    func call(_ body: [UInt8]) -> EventCall {
        let credentials = Base64.encode(Array("\(username):\(password)".utf8))
        return EventCall(
            fields: ["authorization": "Basic \(credentials)", "content-type": "application/json"],
            body: body
        )
    }
}
