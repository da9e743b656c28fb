// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Classifies a response of Mailjet.
///
/// Pure. A call as a whole has an error at the top level, a message of it one in its own entry; an entry's StatusCode counts in
/// place of the status of the response. The status of an outage or a rate decides first, then the ErrorCode, then the status.
struct MailjetVerdict {
    static let prefix = "mailjet"

    private let response: HTTPResponse
    private let json: JSON?
    private let now: Timestamp

    /// `now` is the time of the response; its `Date` field takes precedence.
    init(_ response: HTTPResponse, now: Timestamp) {
        self.response = response
        json = response.json
        self.now = now
    }

    private var entries: [JSON] { json?["Messages"]?.array ?? [] }

    /// The ids of the messages that Mailjet has taken, in the order of the request: one for each recipient.
    ///
    /// They are numbers of 64 bits; 0 is none.
    var ids: [String] {
        entries.filter { $0["Status"]?.string != "error" }.flatMap { Self.recipients(of: $0) }.compactMap { recipient in
            switch recipient["MessageID"] {
            case .integer(let id) where id > 0: String(id)
            case .string(let id) where id.utf8.allSatisfy(\.isASCIIDigit) && UInt64(id) ?? 0 > 0: id
            default: nil
            }
        }
    }

    /// The errors of the entries, in order.
    var errors: [DeliveryError] { entries.compactMap { error(of: $0) } }

    var withoutID: DeliveryError { answer(nil).withoutID(remedy: Remedy.search) }

    /// What keeps all of the call from being sent; a cause that concerns all mail decides before those of a message.
    var error: DeliveryError {
        let errors = errors
        return errors.first { $0.scope == .provider } ?? errors.first ?? judge(json)
    }

    /// The recipients that Mailjet refused while it took others, by the messages of the call.
    func refusals(among groups: [MailjetContent.Group]) -> [Receipt.Refusal] {
        guard let first = errors.first else { return [] }
        if groups.count == entries.count {
            return zip(groups, entries).flatMap { group, entry in
                error(of: entry).map { error in group.addresses.map { Self.refusal($0, error) } } ?? []
            }
        }
        let taken = entries.filter { error(of: $0) == nil }.flatMap { Self.recipients(of: $0) }
        let accepted = Set(taken.compactMap { $0["Email"]?.string?.lowercased() })
        return groups.flatMap(\.addresses).filter { !accepted.contains($0.canonical) }.map { Self.refusal($0, first) }
    }

    /// A recipient is refused for good, or is tried again alone.
    private static func refusal(_ address: EmailAddress, _ error: DeliveryError) -> Receipt.Refusal {
        let kind: DeliveryError.Kind = error.kind == .rejected ? .rejected : .transient
        return Receipt.Refusal(
            address: address,
            error: DeliveryError(kind, scope: .message, code: error.code, detail: error.detail, remedy: error.remedy)
        )
    }

    private static func recipients(of entry: JSON) -> [JSON] {
        ["To", "Cc", "Bcc"].flatMap { entry[$0]?.array ?? [] }
    }

    /// The error of one entry; nil when the message was taken.
    private func error(of entry: JSON) -> DeliveryError? {
        guard entry["Status"]?.string == "error" else { return nil }
        let errors = (entry["Errors"]?.array ?? []).map { judge($0, status: status(ofEntry: $0)) }
        return errors.first { $0.scope == .provider } ?? errors.first ?? judge(nil, status: status(ofEntry: nil))
    }
}

/// The meaning of one error.
extension MailjetVerdict {
    /// The answer with the name, the text and the status of an error.
    private func answer(_ error: JSON?, status: Int? = nil) -> ServiceAnswer {
        let own = HTTPResponse(status: status ?? response.status, headers: response.headers)
        var answer = ServiceAnswer(own, service: "Mailjet", prefix: Self.prefix)
        answer.name = error?["ErrorCode"]?.string
        answer.text = error?["ErrorMessage"]?.string
        return answer
    }

    /// The status of an error of one message; without one of its own, it is the message's fault under a success.
    private func status(ofEntry error: JSON?) -> Int {
        if let own = error?["StatusCode"]?.integer, (400..<600).contains(own) { return own }
        return response.status < 400 ? 400 : response.status
    }

    private func judge(_ error: JSON?, status: Int? = nil) -> DeliveryError {
        let answer = answer(error, status: status)
        switch answer.status {
        case 408, 425, 503: return answer.failure(.transient)
        case 429: return answer.limit(response.wait(in: "Retry-After", now: now), remedy: Remedy.rate)
        case 500, 502, 504: return answer.failure(.uncertain, remedy: Remedy.search)
        default: break
        }
        switch answer.name {
        case "mj-0001": return answer.failure(.authentication, remedy: Remedy.suspended)
        case "mj-0015": return answer.failure(.authentication, remedy: Remedy.keys)
        case "send-0006", "send-0007", "send-0008": return answer.failure(.misconfigured, remedy: Remedy.sender)
        case "send-0011": return answer.rejection(remedy: Remedy.header)
        case "mj-0011": return answer.rejection(remedy: "Mailjet takes messages up to 15 MB")
        case .some(let name) where name.hasPrefix("mj-") || name.hasPrefix("send-"): return answer.rejection()
        default: break
        }
        switch answer.status {
        case 200..<300: return withoutID
        case 401: return answer.failure(.authentication, remedy: Remedy.keys)
        case 403: return answer.failure(.misconfigured, remedy: Remedy.forbidden)
        default: return answer.byStatus(orAddress: Remedy.address)
        }
    }
}

/// The answers to the questions of a probe.
extension MailjetVerdict {
    /// Judges a call without a message, which Mailjet rejects for that alone when the keys are right.
    func emptyCall() throws(DeliveryError) -> [ProviderAdvice] {
        if (200..<300).contains(response.status) {
            if json?.object != nil { return [] }
            throw answer(nil).failure(.misconfigured, remedy: Remedy.address)
        }
        let error = error
        if error.kind == .rejected { return [] }
        throw error
    }

    /// Judges a message from `sender` in the sandbox.
    func sender(_ sender: EmailAddress) throws(DeliveryError) -> [ProviderAdvice] {
        if (200..<300).contains(response.status), errors.isEmpty { return [] }
        let error = error
        switch error.kind {
        case .rejected: return []
        case .misconfigured:
            let text = "Mailjet sends no mail from \(sender): \(error.detail); \(error.remedy ?? Remedy.sender)"
            return [ProviderAdvice(isFault: true, text)]
        default: throw error
        }
    }

    private enum Remedy {
        static let keys =
            "set `api_key` and `secret_key` to the two keys that Mailjet shows under Account settings, API Key Management"
        static let suspended = "Mailjet has suspended the key: see its page for messages, or ask its support"
        static let sender = "add the address or its domain at Mailjet, Sender addresses & domains, and verify it"
        static let forbidden = "see what Mailjet says, and that the account is validated"
        static let header =
            "Mailjet does not send this header: leave it out, or send the message through another provider"
        static let search =
            "look for the message by its CustomID, which is the gateway's id, under Statistics at Mailjet"
        static let rate = "set `limits.per_second` or `limits.concurrency` of the provider lower"
        static let address =
            "see that `api_url` is the address of Mailjet's API without /v3.1: leave it out for \(MailjetSettings.defaultURL)"
    }
}
