// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Classifies a response of SendGrid other than 2xx.
///
/// Pure. SendGrid's errors have no names, so the text decides where one status has several meanings (SendGrid's reference,
/// "Errors").
struct SendGridVerdict {
    static let service = "SendGrid"
    static let prefix = "sendgrid"
    /// Credits come back with the next day or month, or as soon as the operator buys some.
    static let creditsWait = Duration.seconds(3600)

    private let answer: ServiceAnswer
    private let remedies: SendGridRemedies
    private let now: Timestamp

    init(_ response: HTTPResponse, remedies: SendGridRemedies, now: Timestamp) {
        var answer = ServiceAnswer(response, service: Self.service, prefix: Self.prefix)
        answer.text = Self.text(answer.json)
        if let text = answer.text?.lowercased() {
            answer.name = Self.names.first { text.contains($0.words) }?.name
        }
        self.answer = answer
        self.remedies = remedies
        self.now = now
    }

    /// Names for the texts that decide.
    private static let names = [
        (words: "maximum credits exceeded", name: "credits"),
        (words: "does not match a verified sender identity", name: "sender_identity"),
        (words: "access forbidden", name: "access"),
    ]

    var error: DeliveryError {
        switch answer.status {
        case 401 where isAboutCredits, 402 where isAboutCredits, 403 where isAboutCredits: credits
        case 401: answer.failure(.authentication, remedy: remedies.key)
        case 403: answer.failure(.misconfigured, remedy: forbidden)
        case 413: answer.rejection(remedy: remedies.size)
        case 429: isAboutCredits ? credits : answer.limit(reset, remedy: remedies.rate)
        case 500, 502, 504: answer.failure(.uncertain, remedy: remedies.lookInActivity)
        default: answer.byStatus(orAddress: remedies.address)
        }
    }

    private var isAboutCredits: Bool { answer.name == "credits" }

    private var credits: DeliveryError { answer.limit(Self.creditsWait, remedy: remedies.credits) }

    private var forbidden: String {
        switch answer.name {
        case "sender_identity": remedies.sender
        case "access": remedies.right
        default: remedies.forbidden
        }
    }

    /// The time in seconds of the Unix epoch at which the rate starts again, else what `Retry-After` says.
    private var reset: Duration? {
        if let seconds = answer.response.header("X-RateLimit-Reset").flatMap({ Int64($0) }),
            (0...1 << 40).contains(seconds)
        {
            return answer.response.wait(until: Timestamp(milliseconds: seconds * 1000), now: now)
        }
        return answer.response.wait(in: "Retry-After", now: now)
    }

    /// All errors, with the fields that they are about.
    private static func text(_ json: JSON?) -> String? {
        let texts = (json?["errors"]?.array ?? []).compactMap { error -> String? in
            guard let message = error["message"]?.string, !message.isEmpty else { return nil }
            guard let field = error["field"]?.string, !field.isEmpty, field != "null" else { return message }
            return "\(message) (\(field))"
        }
        return texts.isEmpty ? nil : texts.joined(separator: " ")
    }
}

/// The remedies for failures of the provider with this name.
struct SendGridRemedies {
    let provider: String

    private var recheck: String { "; `posthaste providers check \(provider)` tries it again" }
    private var senderPage: String { "https://app.sendgrid.com/settings/sender_auth" }

    var key: String {
        "make an API key with the right Mail Send at https://app.sendgrid.com/settings/api_keys and write it to `api_key`; a key of an EU "
            + "subuser needs `region: eu`"
    }
    var right: String { "give the API key the right Mail Send at https://app.sendgrid.com/settings/api_keys\(recheck)" }
    var address: String { "check `api_url`; without it `region` chooses SendGrid's own" }
    var sender: String { "authenticate the domain of the sender at \(senderPage)\(recheck)" }
    var forbidden: String { "see what SendGrid says\(recheck)" }
    var size: String { "SendGrid takes messages of at most 30 MB, attachments included and encoded" }
    var rate: String { "lower `limits.per_second`" }
    var credits: String {
        "the account has used its credits; mail waits or takes the next provider. Raise the plan at "
            + "https://app.sendgrid.com/settings/billing, or add a provider to the route"
    }
    var lookInActivity: String {
        "look for the message at https://app.sendgrid.com/email_activity; its custom argument \(serviceIDKey) is our id"
    }

    func noCredits(until reset: String?) -> String {
        "\(provider): \(credits)\(reset.map { "; the credits come back on \($0.prefix(40))" } ?? "")"
    }

    func unverified(_ sender: EmailAddress) -> String {
        "\(provider): SendGrid knows neither the domain nor the address \(sender); authenticate the domain or verify the address at \(senderPage)"
    }

    func unknown(_ sender: EmailAddress) -> String {
        "\(provider): the domain of \(sender) is not authenticated, and the API key may not see whether the address is verified; see \(senderPage)"
    }
}
