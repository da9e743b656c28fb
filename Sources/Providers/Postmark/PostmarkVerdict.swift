// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Classifies a response of Postmark.
///
/// Pure. The ErrorCode in the body decides; its numbers overlap with those of HTTP and mean other things, so a number counts only
/// there. Without one, the status decides (<https://postmarkapp.com/developer/api/overview#error-codes>).
struct PostmarkVerdict {
    /// The wait when the account has no credits left, for which Postmark names no time.
    static let creditsWait = Duration.seconds(3600)

    private let answer: ServiceAnswer
    private let stream: String
    private let now: Timestamp

    /// `now` is the time of the response; its `Date` field takes precedence.
    init(_ response: HTTPResponse, stream: String, now: Timestamp) {
        var answer = ServiceAnswer(response, service: "Postmark", prefix: "postmark")
        answer.name = answer.json?["ErrorCode"]?.integer.map(String.init)
        answer.text = answer.json?["Message"]?.string
        self.answer = answer
        self.stream = stream
        self.now = now
    }

    var errorCode: Int? { answer.json?["ErrorCode"]?.integer }

    var messageID: String? { answer.json?["MessageID"]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    var withoutID: DeliveryError { answer.withoutID(remedy: Remedy.search) }

    var error: DeliveryError {
        switch answer.status {
        case 408, 425, 503: answer.failure(.transient)
        case 500, 502, 504: answer.failure(.uncertain, remedy: Remedy.search)
        case 429: limit
        case 401: answer.failure(.authentication, remedy: Remedy.token)
        default: errorCode == 11 ? ofSeveral : known(errorCode) ?? answer.byStatus(orAddress: Remedy.address)
        }
    }

    /// A 2xx with an ErrorCode: nothing was sent when it is a known one.
    var errorOfSuccess: DeliveryError { known(errorCode) ?? withoutID }

    private var limit: DeliveryError {
        answer.limit(answer.response.wait(in: "Retry-After", now: now), remedy: Remedy.rate)
    }

    /// ErrorCode 11 lists several errors; one that concerns all mail decides before those of the message.
    private var ofSeveral: DeliveryError {
        let codes = (answer.json?["Errors"]?.array ?? []).map { $0["ErrorCode"]?.integer }
        let errors = codes.compactMap { known($0) }
        return errors.first { $0.scope == .provider } ?? answer.rejection()
    }

    private func known(_ code: Int?) -> DeliveryError? {
        switch code {
        case 10: answer.failure(.authentication, remedy: Remedy.token)
        case 100: answer.failure(.transient)
        case 300, 402, 403, 409, 410: answer.rejection()
        case 400, 401: answer.failure(.misconfigured, remedy: Remedy.sender)
        case 405: answer.limit(Self.creditsWait, remedy: Remedy.credits)
        case 406: inactiveRecipient
        case 411:
            answer.rejection(remedy: "Postmark takes no attachment of this type; see its list of forbidden file types")
        case 412, 413: answer.failure(.misconfigured, remedy: Remedy.account)
        case 429: limit
        case 1226, 1235: answer.failure(.misconfigured, remedy: Remedy.stream(stream))
        // The administration of senders, domains, servers, templates and streams.
        case .some(500..<600), .some(700..<1300): answer.failure(.misconfigured, remedy: Remedy.server)
        default: nil
        }
    }
}

/// Recipients to whom Postmark sends nothing any more.
extension PostmarkVerdict {
    private static let inactiveMark = "inactive addresses:"

    /// The addresses of the envelope that the text of a success names as inactive, in the order of the envelope.
    ///
    /// Postmark accepts a message for the others and says so in `Message` only: "… will not deliver to these inactive
    /// addresses: a@example.org, b@example.org."
    func inactive(among envelope: [EmailAddress]) -> [EmailAddress] {
        let text = answer.lowercasedText
        guard let mark = text.firstRange(of: Self.inactiveMark) else { return [] }
        let words = text[mark.upperBound...].split { $0.isWhitespace || ",;<>\"".contains($0) }
        let named = Set(
            words.map { word in
                var rest = word
                while rest.last == "." { rest.removeLast() }
                return String(rest)
            }
        )
        return envelope.filter { named.contains($0.canonical) }
    }

    /// A hard bounce, a complaint or a manual suppression of this address in the past.
    var inactiveRecipient: DeliveryError {
        DeliveryError(
            .rejected,
            scope: .message,
            code: "postmark.406",
            detail: answer.detail,
            remedy: "reactivate the address under Suppressions of the message stream at Postmark, if it is good again"
        )
    }
}

/// The answers to the questions of a probe.
extension PostmarkVerdict {
    /// Judges `GET /server`.
    func server(_ settings: PostmarkSettings) throws(DeliveryError) -> [ProviderAdvice] {
        if settings.token.exposed == PostmarkSettings.testToken {
            throw noDelivery("the token \(PostmarkSettings.testToken) validates mail and discards it", Remedy.liveToken)
        }
        guard answer.status == 200 else {
            // A right token that may not ask is no fault.
            if [403, 404, 405].contains(answer.status), answer.json != nil, known(errorCode) == nil { return [] }
            throw error
        }
        guard let json = answer.json, json.object != nil else {
            throw answer.failure(.misconfigured, remedy: Remedy.address)
        }
        var advice: [ProviderAdvice] = []
        if json["DeliveryType"]?.string == "Sandbox" {
            throw noDelivery("the server is a sandbox, whose mail does not reach its recipients", Remedy.liveToken)
        }
        if !settings.http.isTracked, json["TrackOpens"]?.bool == true {
            let text =
                "the server tracks opens by default, which no single message can switch off: switch it off in its settings"
            advice.append(ProviderAdvice(isFault: false, text))
        }
        return advice
    }

    /// Judges `GET /message-streams/ID`.
    func messageStream() throws(DeliveryError) -> [ProviderAdvice] {
        guard answer.status == 200 else {
            if answer.status == 401 || known(errorCode)?.kind == .misconfigured { throw error }
            // Whether the stream exists is not known then; the server's own answer says whether mail can leave.
            return []
        }
        if answer.json?["MessageStreamType"]?.string == "Inbound" {
            throw noDelivery("the message stream `\(stream)` receives mail and sends none", Remedy.stream(stream))
        }
        if answer.json?["ArchivedAt"]?.string != nil {
            throw noDelivery("the message stream `\(stream)` is archived", Remedy.stream(stream))
        }
        return []
    }

    private func noDelivery(_ detail: String, _ remedy: String) -> DeliveryError {
        DeliveryError(.misconfigured, code: "postmark.no_delivery", detail: detail, remedy: remedy)
    }

    private enum Remedy {
        static let search = "look for the message under Activity of the server at Postmark"
        static let token =
            "set `server_token` to a token of the server at Postmark: API Tokens of the server, not of the account"
        static let liveToken = "use the token of a server"
        static let sender =
            "confirm the sender signature or the domain of the From address at Postmark: Sender Signatures"
        static let credits = "Postmark lets this account send no more mail for now: see its billing page for credits"
        static let account =
            "Postmark has not approved this account, or has stopped it: see its page, or ask Postmark's support"
        static let server = "see what Postmark says, and the settings of the server there"
        static let rate = "set `limits.per_second` or `limits.concurrency` of the provider lower"
        static let address =
            "see that `api_url` is the address of Postmark's API: leave it out for \(PostmarkSettings.defaultURL)"

        static func stream(_ id: String) -> String {
            "set `message_stream` to the ID of a transactional or broadcast stream of the server; it is `\(id)` now"
        }
    }
}
