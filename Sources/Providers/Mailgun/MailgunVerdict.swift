// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Classifies a response of Mailgun.
///
/// Pure. Mailgun has no codes for its errors: the status decides, then the text where one status has several meanings.
struct MailgunVerdict {
    /// The wait when Mailgun holds a new account back and names no time.
    static let accountWait = Duration.seconds(3600)

    private let answer: ServiceAnswer
    private let domain: String
    private let now: Timestamp

    /// `now` is the time of the response; its `Date` field takes precedence.
    init(_ response: HTTPResponse, domain: String, now: Timestamp) {
        var answer = ServiceAnswer(response, service: "Mailgun", prefix: "mailgun")
        answer.text = answer.json?["message"]?.string ?? Self.plainText(response)
        self.answer = answer
        self.domain = domain
        self.now = now
    }

    /// A short text, such as the `Forbidden` that some errors consist of.
    private static func plainText(_ response: HTTPResponse) -> String? {
        guard response.header("Content-Type")?.hasPrefix("text/plain") == true, (1...200).contains(response.body.count)
        else { return nil }
        return String(validating: response.body, as: UTF8.self)
    }

    var id: String? { answer.json?["id"]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    var withoutID: DeliveryError {
        answer.withoutID(remedy: "\(remedies.logs); \(Remedy.address)")
    }

    var error: DeliveryError {
        switch answer.status {
        case 400 where isAboutDomain, 402: answer.failure(.misconfigured, remedy: remedies.domainPage)
        case 401: answer.failure(.authentication, remedy: remedies.key)
        case 403: forbidden
        case 404: answer.failure(.misconfigured, remedy: remedies.region)
        case 413: answer.rejection(remedy: "Mailgun takes messages up to 25 MB")
        case 429: answer.limit(timeInText ?? answer.response.wait(in: "Retry-After", now: now), remedy: Remedy.rate)
        case 500, 502, 504: answer.failure(.uncertain, remedy: remedies.logs)
        // A plain text may be that of another server.
        default: answer.byStatus(orAddress: Remedy.address, isOwn: answer.json?["message"]?.string != nil)
        }
    }

    private var remedies: Remedy { Remedy(domain: domain) }

    /// A sandbox, an account that is not activated, or a domain that is not verified or disabled.
    private var isAboutDomain: Bool {
        ["is not allowed to send", "activate your"].contains { answer.lowercasedText.contains($0) }
    }

    private var forbidden: DeliveryError {
        if answer.lowercasedText.contains("large batches") {
            return answer.limit(
                answer.response.wait(in: "Retry-After", now: now) ?? Self.accountWait,
                remedy: Remedy.batches
            )
        }
        let isAboutHost = answer.lowercasedText.contains("can't be used")
        return answer.failure(.misconfigured, remedy: isAboutHost ? Remedy.host : remedies.domainPage)
    }

    /// The wait until the time of "… limit exceeded, try again after Mon, 20 Dec 2021 20:33:21 UTC".
    private var timeInText: Duration? {
        guard let text = answer.text, let mark = text.firstRange(of: "try again after ") else { return nil }
        let words = text[mark.upperBound...].split(separator: " ").prefix(6)
        guard words.count == 6 else { return nil }
        return HTTPDate.parse(words.dropLast().joined(separator: " ") + " GMT").map {
            answer.response.wait(until: $0, now: now)
        }
    }
}

/// The answers to the questions of a probe.
extension MailgunVerdict {
    /// Judges a submission without a message: Mailgun rejects it for that alone when the key and the domain are right.
    func emptySubmission() throws(DeliveryError) -> [ProviderAdvice] {
        if (200..<300).contains(answer.status), id == nil {
            throw answer.failure(.misconfigured, remedy: Remedy.address)
        }
        let error = error
        guard !(200..<300).contains(answer.status), error.kind != .rejected else { return [] }
        throw error
    }

    /// Judges `GET /v3/domains/DOMAIN`.
    func domainState(_ senders: [EmailAddress]) throws(DeliveryError) -> [ProviderAdvice] {
        // A key for sending only may not ask, and is fine.
        if [401, 403].contains(answer.status) { return foreign(senders) }
        guard answer.status == 200 else { throw error }
        guard let state = answer.json?["domain"], state.object != nil else {
            throw answer.failure(.misconfigured, remedy: Remedy.address)
        }
        if state["state"]?.string == "disabled" || state["is_disabled"]?.bool == true {
            let reason = state["disabled"]?["reason"]?.string.map { ": \(ServiceAnswer.line($0))" } ?? ""
            throw stop("is disabled\(reason)", "see what Mailgun's page of the domain says, or ask its support")
        }
        if state["state"]?.string == "unverified" {
            throw stop(
                "is not verified",
                "set the DNS records that Mailgun's page of the domain shows, then verify them there"
            )
        }
        guard state["type"]?.string == "sandbox" else { return foreign(senders) }
        let text =
            "the domain \(domain) is a sandbox, whose mail reaches authorized recipients only: set `domain` to a domain of your own"
        return [ProviderAdvice(isFault: true, text)] + foreign(senders)
    }

    private func stop(_ problem: String, _ remedy: String) -> DeliveryError {
        let detail = "the domain \(domain) \(problem)"
        return DeliveryError(.misconfigured, code: "mailgun.domain", detail: detail, remedy: remedy)
    }

    /// Mailgun signs for its own domain, so DMARC does not pass for a sender outside of it (RFC 7489 section 3.1.1).
    private func foreign(_ senders: [EmailAddress]) -> [ProviderAdvice] {
        Set(senders.map(\.domain)).sorted().filter { !isAligned($0) }.map { sender in
            let text =
                "mail from \(sender) is signed for \(domain), so it may fail DMARC: add a provider with `domain: \(sender)` for it"
            return ProviderAdvice(isFault: false, text)
        }
    }

    private func isAligned(_ sender: String) -> Bool {
        sender == domain || sender.hasSuffix(".\(domain)") || domain.hasSuffix(".\(sender)")
    }

    private struct Remedy {
        static let address =
            "see that `api_url` is the address of Mailgun's API without /v3: leave it out for the one of `region`"
        static let rate = "set `limits.per_second` of the provider lower"
        static let batches =
            "Mailgun holds a new account back; mail waits or takes the next provider. Ask its support to lift the limit"
        static let host = "allow the address of this host at Mailgun: API Security, IP allowlist"

        let domain: String

        var key: String {
            "set `api_key` to a key of the account, or to a sending key of \(domain); a key of the other `region` is refused too"
        }
        var region: String {
            "see that `domain` is \(domain) at Mailgun, and that `region` is the one where the domain was made: us or eu"
        }
        var logs: String { "look for the message under Logs of the domain \(domain) at Mailgun" }
        var domainPage: String {
            "see Mailgun's page of the domain \(domain), and that the account is activated and paid"
        }
    }
}
