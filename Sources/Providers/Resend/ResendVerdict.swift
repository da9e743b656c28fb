// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON

/// Classifies a response of Resend other than 2xx.
///
/// Pure. The status decides first, then Resend's name of the error; the text decides only where one name has two meanings
/// (Resend's reference, "Errors").
struct ResendVerdict {
    static let service = "Resend"
    static let prefix = "resend"
    /// A quota lasts for hours, but may be raised at any time, and Resend does not say when it begins again.
    static let quotaWait = Duration.seconds(3600)
    /// `Retry-After` may be that of the rate, whose window is a second; a message would wait for it in place of taking the next
    /// provider.
    static let longestRate = Duration.seconds(10)

    private let answer: ServiceAnswer
    private let remedies: ResendRemedies
    private let now: Timestamp

    init(_ response: HTTPResponse, remedies: ResendRemedies, now: Timestamp) {
        var answer = ServiceAnswer(response, service: Self.service, prefix: Self.prefix)
        answer.name = answer.json?["name"]?.string
        answer.text = answer.json?["message"]?.string
        self.answer = answer
        self.remedies = remedies
        self.now = now
    }

    var error: DeliveryError {
        switch answer.status {
        case 400 where isAboutKey, 401: answer.failure(.authentication, remedy: remedies.key)
        case 403: forbidden
        case 409 where answer.name == "concurrent_idempotent_requests":
            concurrent
        // Resend has had the key before, so the mail of that call probably left.
        case 409 where answer.name == "invalid_idempotent_request":
            DeliveryError(
                .uncertain,
                scope: .message,
                code: answer.code,
                detail: answer.detail,
                remedy: remedies.otherContent
            )
        case 429: limit
        case 451: answer.rejection()
        case 413: answer.rejection(remedy: remedies.size)
        case 500, 502, 504: answer.failure(.uncertain, remedy: remedies.askAgain)
        default: answer.byStatus(orAddress: remedies.address, isOwn: answer.name != nil)
        }
    }

    /// Some calls name a wrong key a validation error.
    private var isAboutKey: Bool { answer.lowercasedText.contains("api key is invalid") }

    /// Resend still works on the first call with this key, so no other provider may get the message.
    private var concurrent: DeliveryError {
        var error = answer.failure(.uncertain, remedy: remedies.askAgain)
        error.staysHere = true
        return error
    }

    private var forbidden: DeliveryError {
        if answer.name == "invalid_api_key" || isAboutKey {
            return answer.failure(.authentication, remedy: remedies.key)
        }
        let remedy =
            if answer.lowercasedText.contains("testing emails") {
                remedies.sandbox
            } else if answer.lowercasedText.contains("not verified") {
                remedies.domain
            } else {
                remedies.forbidden
            }
        return answer.failure(.misconfigured, remedy: remedy)
    }

    private var limit: DeliveryError {
        let asked = answer.response.wait(in: "Retry-After", now: now)
        switch answer.name {
        case "daily_quota_exceeded", "monthly_quota_exceeded":
            let isOfQuota = asked.map { $0 > Self.longestRate } ?? false
            return answer.limit(isOfQuota ? asked : Self.quotaWait, remedy: remedies.quota)
        default:
            return answer.limit(asked ?? answer.response.wait(in: "ratelimit-reset", now: now), remedy: remedies.rate)
        }
    }
}

/// The remedies for failures of the provider with this name.
struct ResendRemedies {
    let provider: String

    private var recheck: String { "; `posthaste providers check \(provider)` tries it again" }

    var key: String { "make an API key with sending access at https://resend.com/api-keys and write it to `api_key`" }
    var address: String { "check `api_url`; without it \(ResendSettings.defaultURL) is used" }
    var domain: String { "verify the domain of the sender at https://resend.com/domains\(recheck)" }
    var forbidden: String { "see what Resend says\(recheck)" }
    var size: String { "Resend takes messages of at most 40 MB, attachments included and encoded" }
    var quota: String {
        "the team has used its quota; mail waits or takes the next provider. Raise the plan at https://resend.com/settings/billing, or "
            + "add a provider to the route"
    }
    var rate: String { "lower `limits.per_second`; Resend allows a new team two requests a second" }
    var askAgain: String { "the next try asks Resend with the same Idempotency-Key, so the message is sent once" }
    var otherContent: String {
        "Resend has taken this message before, with another content; look for it at https://resend.com/emails"
    }
    var sandbox: String {
        "\(provider): resend.dev is for tests, and mail from it reaches your own address only; send from a domain that is verified at "
            + "https://resend.com/domains"
    }

    func unknown(_ domain: String) -> String {
        "\(provider): Resend does not know the domain \(domain); add it at https://resend.com/domains and verify it"
    }

    func unverified(_ domain: String, _ status: String) -> String {
        "\(provider): the domain \(domain) is not verified (\(status)); set its DNS records as https://resend.com/domains shows them"
    }

    func partly(_ domain: String) -> String {
        "\(provider): the domain \(domain) is verified in part; see at https://resend.com/domains which DNS records are missing"
    }

    func cannotSend(_ domain: String) -> String {
        "\(provider): sending is switched off for the domain \(domain); switch it on at https://resend.com/domains"
    }

    func tracking(_ domain: String) -> String {
        "\(provider): Resend tracks opens or clicks of mail from \(domain), which rewrites its links, and no call can switch that off; "
            + "switch it off at https://resend.com/domains, or set `tracking: true` to accept it"
    }
}
