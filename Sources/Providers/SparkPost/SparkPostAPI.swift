// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// The API of SparkPost as pure functions (API v1, transmissions with RFC 822 content).
struct SparkPostAPI: MailAPI {
    /// The largest transmission, attachments included.
    static let largestMessage = 20_000_000
    /// How many refusals of recipients SparkPost explains in its answer.
    private static let explained = "3"

    let settings: SparkPostSettings
    private let base: HTTPURL
    private let clock: Clock

    init(_ settings: SparkPostSettings, clock: @escaping Clock) {
        self.settings = settings
        self.clock = clock
        base = settings.http.apiURL.appending("api", "v1")
    }

    var capabilities: Capabilities { .mime }
    var maxMessageBytes: Int? { Self.largestMessage }

    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        let body = try SparkPostContent.json(message, isTracked: settings.http.isTracked)
        var request = get(base.appending("transmissions").query([(name: "num_rcpt_errors", value: Self.explained)]))
        request.method = .post
        request.headers.append(HTTPHeader("Content-Type", "application/json"))
        request.timeout = settings.http.timeout(forBody: body.count)
        request.body = body
        return request
    }

    func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt {
        try SparkPostResults(verdict(response)).receipt()
    }

    func failure(from response: HTTPResponse) -> DeliveryError { verdict(response).error }

    private func verdict(_ response: HTTPResponse) -> SparkPostVerdict { SparkPostVerdict(response, now: clock()) }

    func questions(from senders: [EmailAddress]) -> [APIQuestion<[ProviderAdvice]>] {
        let account = get(base.appending("account").query([(name: "include", value: "usage")]))
        var questions = [
            APIQuestion(account) { (response) throws(DeliveryError) in
                try SparkPostAccount.advice(in: verdict(response), now: clock())
            }
        ]
        if !senders.isEmpty {
            let domains = get(base.appending("sending-domains"))
            questions.append(
                APIQuestion(domains) { (response) throws(DeliveryError) in
                    try SparkPostDomains.advice(in: verdict(response), for: senders)
                }
            )
        }
        return questions
    }

    /// The key is the whole value of the field, without a scheme.
    private func get(_ url: HTTPURL) -> HTTPRequest {
        HTTPRequest(
            .get,
            url,
            headers: [HTTPHeader("Authorization", settings.key.exposed)],
            timeout: settings.http.timeout
        )
    }
}

/// Converts messages to the form that SparkPost accepts.
enum SparkPostContent {
    private static let longestCampaign = 64
    private static let mostTags = 10
    /// The limit for the metadata of a transmission, as JSON.
    private static let mostMetadata = 1000

    /// The body of a call: the whole MIME message, whose header is used as it is, and the recipients of this attempt.
    ///
    /// Only a signed part of a raw message keeps octets above 127; JSON carries them when they are UTF-8.
    static func json(_ message: OutgoingMessage, isTracked: Bool) throws(DeliveryError) -> [UInt8] {
        let content = MIMEWriter.message(message, takesEightBit: false)
        guard message.raw == nil || String(validating: content, as: UTF8.self) != nil else {
            throw .inexpressible(
                "sparkpost.not_utf8",
                "SparkPost takes messages as text in UTF-8, and a signed part of this one has other octets",
                remedy: "add a provider to the route that takes any octets, such as smtp"
            )
        }
        // Content is a template for SparkPost, in which `{{…}}` is replaced, unless substitutions are off.
        var options = JSONObject([("transactional", true), ("perform_substitutions", false)])
        if !isTracked { (options["open_tracking"], options["click_tracking"]) = (false, false) }
        var members = JSONObject([
            ("options", .object(options)), ("recipients", recipients(message)),
            ("metadata", .object(message.customData(upTo: mostMetadata))),
        ])
        if let category = message.category, !category.isEmpty {
            members["campaign_id"] = .string(cut(category, to: longestCampaign))
        }
        // Written around the message, so that it goes straight into the body.
        let head = JSON.object(members).encoded().dropLast()
        let (start, end) = (#","content":{"email_rfc822":""#, #""}}"#)
        var body: [UInt8] = []
        // A line end takes two octets more.
        body.reserveCapacity(head.count + start.utf8.count + content.count + content.count / 16 + end.utf8.count)
        body += head
        body += start.utf8
        append(content, to: &body)
        body += end.utf8
        return body
    }

    private static func recipients(_ message: OutgoingMessage) -> JSON {
        let tags = JSON.array(message.tags.prefix(mostTags).map(JSON.string))
        return .array(
            message.envelope.map { address in
                let mailbox: JSON = ["email": .string(address.description)]
                return message.tags.isEmpty ? ["address": mailbox] : ["address": mailbox, "tags": tags]
            }
        )
    }

    /// The start of a text, cut between characters.
    private static func cut(_ text: String, to octets: Int) -> String {
        var text = text
        while text.utf8.count > octets { text.removeLast() }
        return text
    }

    /// Appends the inside of a JSON string (RFC 8259 section 7).
    private static func append(_ content: [UInt8], to body: inout [UInt8]) {
        var start = 0
        for (position, byte) in content.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
            body += content[start..<position]
            start = position + 1
            switch byte {
            case 0x0D: body += [0x5C, UInt8(ascii: "r")]
            case 0x0A: body += [0x5C, UInt8(ascii: "n")]
            case 0x22, 0x5C: body += [0x5C, byte]
            default: body += Array("\\u00".utf8) + [(byte >> 4).hexDigit, (byte & 15).hexDigit]
            }
        }
        body += content[start...]
    }
}
