// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Classifies a response of Brevo other than 2xx.
///
/// Pure. The status decides first, then Brevo's code; the text only chooses the remedy (Brevo's reference, "Error codes").
struct BrevoVerdict {
    static let service = "Brevo"
    static let prefix = "brevo"
    /// Credits come back with the next day or month, or as soon as the operator buys some.
    static let creditsWait = Duration.seconds(3600)

    private let answer: ServiceAnswer
    private let remedies: BrevoRemedies
    private let now: Timestamp

    init(_ response: HTTPResponse, remedies: BrevoRemedies, now: Timestamp) {
        var answer = ServiceAnswer(response, service: Self.service, prefix: Self.prefix)
        answer.name = answer.json?["code"]?.string
        answer.text = answer.json?["message"]?.string
        self.answer = answer
        self.remedies = remedies
        self.now = now
    }

    var error: DeliveryError {
        switch answer.status {
        case 400..<500 where answer.name == "not_enough_credits", 402:
            answer.limit(Self.creditsWait, remedy: remedies.credits)
        case 400: answer.rejection(remedy: advice)
        case 401: answer.failure(.authentication, remedy: isAboutAddress ? remedies.allowList : remedies.key)
        case 403: answer.failure(.misconfigured, remedy: forbidden)
        case 413: answer.rejection(remedy: remedies.size)
        case 429: answer.limit(reset, remedy: remedies.rate)
        case 500, 502, 504: answer.failure(.uncertain, remedy: remedies.lookInLogs)
        default: answer.byStatus(orAddress: remedies.address, isOwn: answer.name != nil)
        }
    }

    private var reset: Duration? {
        answer.response.wait(in: "x-sib-ratelimit-reset", now: now) ?? answer.response.wait(in: "Retry-After", now: now)
    }

    /// New accounts allow calls from known IP addresses only.
    private var isAboutAddress: Bool {
        ["ip address", "ip not authorized", "not verified"].contains { answer.lowercasedText.contains($0) }
    }

    private var forbidden: String {
        answer.name == "account_under_validation" ? remedies.validation : remedies.forbidden
    }

    private var advice: String? {
        let text = answer.lowercasedText
        if text.contains("sender") { return remedies.sender }
        return text.contains("attachment") || text.contains("file format") ? remedies.attachment : nil
    }
}

/// The remedies for failures of the provider with this name.
struct BrevoRemedies {
    let provider: String

    private var recheck: String { "; `posthaste providers check \(provider)` tries it again" }
    private var senderPage: String { "https://app.brevo.com/senders" }

    var key: String {
        "make an API key of version 3, not an SMTP key, at https://app.brevo.com/settings/keys/api and write it to `api_key`"
    }
    var allowList: String {
        "allow the gateway's IP address, or switch the check off, at https://app.brevo.com/security/authorised_ips\(recheck)"
    }
    var address: String { "check `api_url`; without it \(BrevoSettings.defaultURL) is used" }
    var validation: String {
        "Brevo is still checking the account; complete its profile, or ask Brevo's support\(recheck)"
    }
    var forbidden: String { "see what Brevo says\(recheck)" }
    var relay: String { "ask Brevo's support to enable transactional email\(recheck)" }
    var sender: String { "verify the sender or authenticate its domain at \(senderPage)" }
    var attachment: String {
        "Brevo knows attachments by their extension and takes some only, such as pdf, csv, txt, xlsx, docx, png and zip"
    }
    var size: String { "Brevo takes messages of at most 20 MB, attachments included and encoded" }
    var rate: String { "lower `limits.per_second`" }
    var credits: String {
        "the account has used its credits; mail waits or takes the next provider. Buy credits at https://app.brevo.com/billing, or add "
            + "a provider to the route"
    }
    var noCredits: String { "\(provider): \(credits)" }
    var lookInLogs: String { "look for the message at https://app-smtp.brevo.com/log, by recipient and subject" }

    func unverified(_ sender: EmailAddress) -> String {
        "\(provider): Brevo knows neither the domain nor the address \(sender); authenticate the domain at \(senderPage)"
    }

    func replaced(_ sender: EmailAddress) -> String {
        "\(provider): the domain of \(sender) is not authenticated, so Brevo may replace the sender; authenticate the domain at \(senderPage)"
    }
}
