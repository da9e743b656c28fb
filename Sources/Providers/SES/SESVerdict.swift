// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON

/// Classifies a response of SES other than 2xx.
///
/// Pure. The name of the error decides, then the status (SES API reference, "Common errors" and SendEmail).
struct SESVerdict {
    /// The wait after the quota of a day, which frees itself little by little, since SES counts the last 24 hours.
    private static let quotaWait = Duration.seconds(3600)
    /// The wait after the sending rate, which is counted by the second.
    private static let rateWait = Duration.seconds(2)

    let answer: ServiceAnswer
    private let region: String
    private let isInEnvironment: Bool
    private let name: String
    private let asked: Duration?

    init(_ response: HTTPResponse, region: String, isInEnvironment: Bool, now: Timestamp) {
        var answer = ServiceAnswer(response, service: "SES", prefix: "ses")
        let field =
            response.header("x-amzn-ErrorType") ?? answer.json?["__type"]?.string ?? answer.json?["code"]?.string
        // `com.amazonaws.ses#MessageRejected:http://…`
        let word = field?.prefix { $0 != ":" }.split(separator: "#").last.map(String.init)
        answer.name = word
        // After a wrong signature SES quotes the signed request, and with it the session token.
        let text = answer.json?["message"]?.string ?? answer.json?["Message"]?.string
        answer.text = text.map {
            String($0.prefix(upTo: $0.firstRange(of: "The Canonical String")?.lowerBound ?? $0.endIndex))
        }
        self.answer = answer
        self.region = region
        self.isInEnvironment = isInEnvironment
        name = word ?? ""
        asked = response.wait(in: "Retry-After", now: now)
    }

    var error: DeliveryError {
        if isLimit { return limit }
        if isAuthentication { return answer.failure(.authentication, remedy: authenticationRemedy) }
        switch answer.status {
        case 400..<500 where Self.pausing.contains(name): return answer.failure(.misconfigured, remedy: pausedRemedy)
        case 400..<500 where isUnverified: return answer.failure(.misconfigured, remedy: unverifiedRemedy)
        case 404: return answer.failure(.misconfigured, remedy: missingRemedy)
        default: return answer.byStatus(orAddress: addressRemedy)
        }
    }

    /// True when newer credentials may help.
    var isExpiredToken: Bool {
        (400..<404).contains(answer.status) && ["ExpiredTokenException", "ExpiredToken"].contains(name)
    }

    /// True when the credentials are good but may not do this.
    var isDenied: Bool { answer.status == 403 && Self.denials.contains(name) }

    var addressRemedy: String { "check `api_url`; without it \(SESSettings.defaultURL(region)) is used" }
}

extension SESVerdict {
    private static let limits: Set<String> = [
        "TooManyRequestsException", "LimitExceededException", "ThrottlingException", "Throttling", "ThrottledException",
        "RequestLimitExceeded", "RequestThrottled",
    ]

    /// A quota is never a bounce, so its names count under any status below 500, and under 503.
    private var isLimit: Bool {
        answer.status == 429
            || ((400..<500).contains(answer.status) || answer.status == 503) && Self.limits.contains(name)
    }

    private var limit: DeliveryError {
        let text = answer.lowercasedText
        let isRate = text.contains("rate") && !text.contains("quota")
        if !isRate, name == "LimitExceededException" || text.contains("quota") || text.contains("daily") {
            return answer.limit(
                asked ?? Self.quotaWait,
                remedy:
                    "the account has sent what SES allows it in 24 hours in \(region); ask there for a higher quota, set "
                    + "`limits.per_day`, or add a provider to the route"
            )
        }
        return answer.limit(
            asked ?? Self.rateWait,
            remedy: "set `limits.per_second` to the maximum send rate of the account"
        )
    }
}

extension SESVerdict {
    private static let denials: Set<String> = ["AccessDeniedException", "AccessDenied"]
    private static let refused: Set<String> = [
        "UnrecognizedClientException", "InvalidClientTokenId", "SignatureDoesNotMatch", "InvalidSignatureException",
        "IncompleteSignature", "ExpiredTokenException", "ExpiredToken", "MissingAuthenticationTokenException",
        "MissingAuthenticationToken", "RequestExpired", "OptInRequired", "NotAuthorized",
    ]

    private var isAuthentication: Bool {
        answer.status == 403
            || (400..<404).contains(answer.status) && (Self.refused.contains(name) || Self.denials.contains(name))
    }

    private var authenticationRemedy: String? {
        let text = answer.lowercasedText
        if text.contains("signature expired") || text.contains("not yet current") || name == "RequestExpired" {
            return "set the clock of this machine: AWS takes signatures of the last five minutes only"
        }
        if text.contains("credential should be scoped") { return "check `region`: the address is that of another one" }
        switch name {
        case "ExpiredTokenException", "ExpiredToken":
            return isInEnvironment
                ? "AWS refuses even new credentials; see where the environment gets them"
                : "write a new `session_token` with its keys, or `credentials: environment`, which renews them"
        case "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature":
            return isInEnvironment
                ? "the secret key in the environment is not that of its access key id"
                : "check `secret_access_key`: it is not that of `access_key_id`"
        case "UnrecognizedClientException", "InvalidClientTokenId":
            return "AWS knows no such access key: see that it is active, and of the partition of \(region)"
        case _ where Self.denials.contains(name):
            return "allow ses:SendEmail and ses:SendRawEmail to the user or role of the credentials, for this sender"
        default: return nil
        }
    }
}

extension SESVerdict {
    private static let pausing: Set<String> = [
        "AccountSuspendedException", "SendingPausedException", "AccountSendingPausedException",
        "ConfigurationSetSendingPausedException",
    ]

    private var pausedRemedy: String {
        name == "AccountSuspendedException"
            ? "SES has closed the account for sending in \(region): write to the support of AWS"
            : "sending is paused for the account or the configuration set in \(region): see its reputation in the SES console"
    }

    /// True when the sender, or in the sandbox a recipient, is not verified.
    private var isUnverified: Bool {
        name == "MailFromDomainNotVerifiedException"
            || name == "MessageRejected" && answer.lowercasedText.contains("not verified")
    }

    private var unverifiedRemedy: String {
        name == "MessageRejected"
            ? "verify the sender's domain in \(region) (SES console, Identities); in the sandbox, where each recipient has to "
                + "be verified too, ask for production access"
            : "set up the MAIL FROM domain of the identity in \(region), or let SES use its own when that fails"
    }

    private var missingRemedy: String {
        name.isEmpty
            ? addressRemedy
            : "create what is missing in \(region), or correct `configuration_set`: each region has its own"
    }
}
