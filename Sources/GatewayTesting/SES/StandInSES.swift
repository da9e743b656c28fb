// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
internal import Foundation

/// Amazon SES as its clients see it: it refuses what SES refuses, and keeps what it took.
public struct StandInSES: StandInService {
    /// A message as a client handed it over.
    public struct Mail: Sendable {
        public var id: String
        public var from: String?
        public var to: [String]
        public var cc: [String]
        public var bcc: [String]
        public var tags: [String: String]
        public var configurationSet: String?
        /// True when the call switches off the tracking of opens and clicks.
        public var isUntracked: Bool
        public var content: [UInt8]
    }

    public var region = "eu-central-1"
    public var signer = StandInSigner()
    /// Whether the key may ask for the account and its identities.
    public var mayAsk = true
    public var sendingEnabled = true
    public var isInProduction = true
    public var enforcement = "HEALTHY"
    public var quota = 50_000.0
    public var sentBefore = 0.0
    /// Domains and addresses with whether they are verified.
    public var identities = ["example.org": true]
    public var configurationSets: Set<String> = ["mail"]
    public private(set) var mails: [Mail] = []
    private let clock: Clock

    /// `clock` gives the time that signatures may differ from by five minutes.
    public init(clock: @escaping Clock) {
        self.clock = clock
    }

    public mutating func answer(_ request: HTTPRequest) -> HTTPResponse {
        if let refusal = signer.refusal(of: request, region: region, service: "ses", at: clock()) { return refusal }
        let path = request.url.target.split(separator: "/").map(String.init)
        switch (request.method, path.dropFirst(2).first, path.count) {
        case _ where path.prefix(2) != ["v2", "email"]: return .aws(404, "UnknownOperationException")
        case (.post, "outbound-emails", 3):
            do throws(Refusal) { return try take(request) } catch { return .aws(error.status, error.name, error.text) }
        case (.get, "account", 3): return mayAsk ? account : Self.denied
        case (.get, "identities", 4): return mayAsk ? identity(path[3].removingPercentEncoding ?? "") : Self.denied
        default: return .aws(404, "UnknownOperationException")
        }
    }

    private static let denied = HTTPResponse.aws(
        403,
        "AccessDeniedException",
        "User: x is not authorized to perform: ses:GetAccount"
    )

    private var account: HTTPResponse {
        .json(
            200,
            """
            {"DedicatedIpAutoWarmupEnabled":false,"EnforcementStatus":"\(enforcement)",\
            "ProductionAccessEnabled":\(isInProduction),"SendingEnabled":\(sendingEnabled),\
            "SendQuota":{"Max24HourSend":\(quota),"MaxSendRate":14.0,"SentLast24Hours":\(sentBefore + Double(mails.count))}}
            """
        )
    }

    private func identity(_ name: String) -> HTTPResponse {
        guard let isVerified = identities[name] else {
            return .aws(404, "NotFoundException", "Email identity <\(name)> does not exist.")
        }
        return .json(
            200,
            """
            {"IdentityType":"DOMAIN","VerifiedForSendingStatus":\(isVerified),\
            "VerificationStatus":"\(isVerified ? "SUCCESS" : "PENDING")"}
            """
        )
    }
}

extension StandInSES {
    private struct Refusal: Error {
        var status = 400
        var name = "BadRequestException"
        var text: String
    }

    private mutating func take(_ request: HTTPRequest) throws(Refusal) -> HTTPResponse {
        guard request.header("Content-Type") == "application/json",
            let members = (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: Any]
        else { throw Refusal(name: "SerializationException", text: "no JSON") }
        var mail = try Self.mail(members)
        guard !mail.content.isEmpty else { throw Refusal(text: "no content") }
        guard mail.content.count <= 40 << 20 else {
            throw Refusal(status: 413, name: "RequestEntityTooLarge", text: "too large")
        }
        try check(mail)
        guard sentBefore + Double(mails.count) < quota else {
            throw Refusal(status: 429, name: "TooManyRequestsException", text: "Daily message quota exceeded.")
        }
        mail.id = "0107019a-\(mails.count + 1)-000000"
        mails.append(mail)
        return .json(200, #"{"MessageId":"\#(mail.id)"}"#, headers: [HTTPHeader("x-amzn-RequestId", "r1")])
    }

    private func check(_ mail: Mail) throws(Refusal) {
        guard sendingEnabled else { throw Refusal(name: "SendingPausedException", text: "Email sending is disabled.") }
        let recipients = mail.to + mail.cc + mail.bcc
        guard (1...50).contains(recipients.count) else { throw Refusal(text: "Recipient count is \(recipients.count)") }
        for address in recipients + [mail.from].compactMap(\.self) {
            guard address.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), address.split(separator: "@").count == 2
            else {
                throw Refusal(text: "Local address contains control or whitespace")
            }
        }
        let sender = mail.from ?? ""
        let domain = sender.split(separator: "@").last.map(String.init) ?? ""
        guard identities[domain] == true || identities[sender] == true else {
            throw Refusal(
                name: "MessageRejected",
                text: "Email address is not verified. The following identities failed the check in region "
                    + "\(region.uppercased()): \(sender)"
            )
        }
        if let set = mail.configurationSet, !configurationSets.contains(set) {
            throw Refusal(status: 404, name: "NotFoundException", text: "Configuration set <\(set)> does not exist.")
        }
        let lines = String(decoding: mail.content, as: UTF8.self).split(
            separator: "\r\n",
            omittingEmptySubsequences: false
        )
        guard lines.contains(""), lines.allSatisfy({ $0.utf8.count <= 998 }) else {
            throw Refusal(text: "no MIME message")
        }
    }

    private static func mail(_ members: [String: Any]) throws(Refusal) -> Mail {
        try only(
            [
                "FromEmailAddress", "Destination", "Content", "EmailTags", "ConfigurationSetName",
                "ConfigurationOverrides",
            ],
            in: members
        )
        let destination = try object(members["Destination"] ?? [String: Any]())
        try only(["ToAddresses", "CcAddresses", "BccAddresses"], in: destination)
        let content = try object(members["Content"] as Any)
        try only(["Raw"], in: content)
        let raw = try object(content["Raw"] as Any)
        try only(["Data"], in: raw)
        guard let data = (raw["Data"] as? String).flatMap({ Base64.decode($0) }) else {
            throw Refusal(name: "SerializationException", text: "no base64")
        }
        return Mail(
            id: "",
            from: try members["FromEmailAddress"].map { (value) throws(Refusal) in try text(value) },
            to: try texts(destination["ToAddresses"]),
            cc: try texts(destination["CcAddresses"]),
            bcc: try texts(destination["BccAddresses"]),
            tags: try tags(members["EmailTags"]),
            configurationSet: try members["ConfigurationSetName"].map { (value) throws(Refusal) in try text(value) },
            isUntracked: try isUntracked(members["ConfigurationOverrides"]),
            content: data
        )
    }

    private static func tags(_ value: Any?) throws(Refusal) -> [String: String] {
        guard let list = (value ?? []) as? [[String: String]] else { throw mistyped("EmailTags") }
        var tags: [String: String] = [:]
        for tag in list {
            try only(["Name", "Value"], in: tag)
            guard let name = tag["Name"], let text = tag["Value"], isTag(name), isTag(text) else {
                throw Refusal(text: "invalid tag")
            }
            guard tags.updateValue(text, forKey: name) == nil else { throw Refusal(text: "duplicate tag <\(name)>") }
        }
        guard tags.count <= 50 else { throw Refusal(text: "too many tags") }
        return tags
    }

    private static func isTag(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == 0x2D || $0 == 0x5F }
    }

    private static func isUntracked(_ value: Any?) throws(Refusal) -> Bool {
        guard let value else { return false }
        let overrides = try object(value)
        try only(["Tracking"], in: overrides)
        let tracking = try object(overrides["Tracking"] as Any)
        try only(["OpenTrackingEnabled", "ClickTrackingEnabled"], in: tracking)
        return try tracking.values.map { (value) throws(Refusal) in try text(value) } == ["DISABLED", "DISABLED"]
    }

    private static func only(_ known: Set<String>, in members: [String: Any]) throws(Refusal) {
        if let unknown = members.keys.first(where: { !known.contains($0) }) {
            throw Refusal(name: "SerializationException", text: "unknown member \(unknown)")
        }
    }

    private static func object(_ value: Any) throws(Refusal) -> [String: Any] {
        guard let members = value as? [String: Any] else { throw mistyped("an object") }
        return members
    }

    private static func text(_ value: Any) throws(Refusal) -> String {
        guard let text = value as? String, !text.isEmpty else { throw mistyped("a text") }
        return text
    }

    private static func texts(_ value: Any?) throws(Refusal) -> [String] {
        guard let texts = (value ?? []) as? [String] else { throw mistyped("a list") }
        return texts
    }

    private static func mistyped(_ what: String) -> Refusal {
        Refusal(name: "SerializationException", text: "\(what) is missing or mistyped")
    }
}

extension HTTPResponse {
    /// An error of AWS in the form of rest-json.
    public static func aws(_ status: Int, _ name: String, _ text: String = "") -> HTTPResponse {
        let line = text.replacing("\n", with: "\\n")
        return .json(
            status,
            #"{"message":"\#(line)"}"#,
            headers: [HTTPHeader("x-amzn-ErrorType", "\(name):http://internal.amazon.com/coral/com.amazonaws.ses/")]
        )
    }
}
