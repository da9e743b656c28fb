// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery
internal import Foundation

/// SparkPost as its clients see it: it refuses what SparkPost refuses, and keeps what it took.
public struct StandInSparkPost: StandInService {
    /// A transmission as a client handed it over.
    public struct Transmission: Sendable {
        public var id: String
        public var recipients: [String]
        public var tags: [String]
        public var metadata: [String: String]
        public var campaign: String?
        public var options: [String: Bool]
        /// The message; `{{…}}` in it is gone when substitutions are on.
        public var content: String
    }

    public var key = "14ac5499cfdd2bb2859e4476d2e5b1d2bad079bf"
    /// Whether the key may ask for the account and its domains.
    public var mayAsk = true
    public var status = "active"
    public var usedToday = 0
    public var limitOfDay = 50_000
    /// Sending domains with whether they are verified.
    public var domains = ["example.org": true]
    /// Addresses that are refused while others of the transmission are accepted.
    public var refused: Set<String> = []
    public private(set) var transmissions: [Transmission] = []

    public init() {}

    private struct Refusal: Error {
        let status: Int
        let code: String
        let text: String
    }

    public mutating func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard request.header("Authorization") == key else {
            return .json(401, #"{"errors":[{"message":"Unauthorized."}]}"#)
        }
        switch (request.method, request.url.target) {
        case (.post, "/api/v1/transmissions?num_rcpt_errors=3"), (.post, "/api/v1/transmissions"):
            do throws(Refusal) { return try take(request) } catch {
                return .sparkPost(error.status, error.code, error.text)
            }
        case (.get, _) where !mayAsk: return .json(403, #"{"errors":[{"message":"Forbidden."}]}"#)
        case (.get, "/api/v1/account?include=usage"): return account
        case (.get, "/api/v1/sending-domains"):
            let items = domains.sorted { $0.key < $1.key }.map { name, isVerified in
                #"{"domain":"\#(name)","status":{"ownership_verified":\#(isVerified),"compliance_status":"valid"}}"#
            }
            return .json(200, #"{"results":[\#(items.joined(separator: ","))]}"#)
        default: return .sparkPost(404, "1600", "resource not found")
        }
    }

    private var account: HTTPResponse {
        .json(
            200,
            """
            {"results":{"customer_id":1,"status":"\(status)","usage":{"day":{"used":\(usedToday),"limit":\(limitOfDay),\
            "start":"2026-09-21T00:00:00.000Z","end":"2026-09-22T00:00:00.000Z"}}}}
            """
        )
    }

    private mutating func take(_ request: HTTPRequest) throws(Refusal) -> HTTPResponse {
        guard let members = (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: Any] else {
            throw Refusal(status: 400, code: "1300", text: "Problems parsing request as JSON")
        }
        var transmission = try Self.transmission(members)
        let message = try Self.from(transmission.content)
        guard domains[message] == true else {
            throw Refusal(status: 400, code: "7001", text: "Invalid domain: Unconfigured or unverified sending domain.")
        }
        guard usedToday < limitOfDay else {
            throw Refusal(status: 420, code: "2102", text: "Exceed Sending Limit (daily)")
        }
        if transmission.options["perform_substitutions"] != false {
            transmission.content = transmission.content.replacing(/\{\{[^}]*\}\}/, with: "")
        }
        let good = transmission.recipients.filter { !refused.contains($0) }
        let bad = transmission.recipients.count - good.count
        transmission.id = "1166878748495053\(transmissions.count)"
        transmission.recipients = good
        if !good.isEmpty { transmissions.append(transmission) }
        let errors = bad == 0 ? "" : #","rcpt_to_errors":[{"message":"Invalid recipient","code":"1901"}]"#
        return .json(
            200,
            """
            {"results":{"total_rejected_recipients":\(bad),"total_accepted_recipients":\(good.count),\
            "id":"\(transmission.id)"\(errors)}}
            """
        )
    }

    private static func transmission(_ members: [String: Any]) throws(Refusal) -> Transmission {
        try only(["options", "recipients", "campaign_id", "metadata", "content"], members)
        guard let options = (members["options"] ?? [String: Any]()) as? [String: Bool],
            let list = members["recipients"] as? [[String: Any]], !list.isEmpty,
            let metadata = (members["metadata"] ?? [String: Any]()) as? [String: String],
            let content = members["content"] as? [String: String], let text = content["email_rfc822"]
        else { throw Refusal(status: 422, code: "1400", text: "required field is missing") }
        try only(["email_rfc822"], content)
        try only(["open_tracking", "click_tracking", "transactional", "perform_substitutions"], options)
        var recipients: [String] = []
        for item in list {
            try only(["address", "tags"], item)
            guard let address = item["address"] as? [String: String], let email = address["email"] else {
                throw Refusal(status: 422, code: "1400", text: "address.email is required for each recipient")
            }
            try only(["email"], address)
            recipients.append(email)
        }
        let size = (try? JSONSerialization.data(withJSONObject: metadata))?.count ?? 0
        let campaign = members["campaign_id"] as? String
        guard size <= 1000, campaign?.utf8.count ?? 0 <= 64 else {
            throw Refusal(status: 422, code: "1300", text: "invalid data format/type")
        }
        return Transmission(
            id: "",
            recipients: recipients,
            tags: list.first?["tags"] as? [String] ?? [],
            metadata: metadata,
            campaign: campaign,
            options: options,
            content: text
        )
    }

    /// The domain in the From field of a message.
    private static func from(_ content: String) throws(Refusal) -> String {
        guard content.contains("\r\n\r\n"),
            let line = content.split(separator: "\r\n").first(where: { $0.hasPrefix("From: ") }),
            let domain = line.split(separator: "@").last
        else { throw Refusal(status: 422, code: "1902", text: "Message generation rejected") }
        return String(domain.prefix { $0 != ">" })
    }

    private static func only(_ known: Set<String>, _ members: [String: Any]) throws(Refusal) {
        if let unknown = members.keys.first(where: { !known.contains($0) }) {
            throw Refusal(status: 422, code: "1301", text: "unknown field \(unknown)")
        }
    }
}

extension HTTPResponse {
    /// An error of SparkPost.
    public static func sparkPost(_ status: Int, _ code: String, _ text: String) -> HTTPResponse {
        .json(status, #"{"errors":[{"message":"\#(text)","code":"\#(code)"}]}"#)
    }
}
