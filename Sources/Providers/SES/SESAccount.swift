// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import JSON
internal import Mail

/// Judges what SES says of the account (SES API, GetAccount).
enum SESAccount {
    private static let wait = Duration.seconds(3600)

    /// Throws what keeps all mail from leaving.
    ///
    /// - Returns: A fault for a sandbox, which sends to some addresses, and warnings; none for credentials that may send but not ask.
    static func advice(in verdict: SESVerdict) throws(DeliveryError) -> [ProviderAdvice] {
        if verdict.isDenied { return [] }
        guard 200..<300 ~= verdict.answer.status else { throw verdict.error }
        guard let account = verdict.answer.json, account["SendingEnabled"]?.bool != nil else {
            throw fault(
                "no_account",
                "the answer to a question for the account is not that of SES",
                verdict.addressRemedy
            )
        }
        let enforcement = account["EnforcementStatus"]?.string
        if enforcement == "SHUTDOWN" {
            throw fault(
                "shutdown",
                "SES has stopped the account for its reputation",
                "see the account's review in the SES console"
            )
        }
        if account["SendingEnabled"]?.bool == false {
            throw fault("paused", "sending is paused for the account in this region", "switch it on in the SES console")
        }
        try check(account["SendQuota"])
        var advice: [ProviderAdvice] = []
        if account["ProductionAccessEnabled"]?.bool == false {
            let text =
                "the account is in the sandbox of this region, so SES sends to verified addresses only: ask for production access in "
                + "the SES console, or check `region`"
            advice.append(ProviderAdvice(isFault: true, text))
        }
        if enforcement == "PROBATION" {
            let text = "SES reviews the account for its bounces or complaints, and may stop it: see the SES console"
            advice.append(ProviderAdvice(isFault: false, text))
        }
        return advice
    }

    private static func check(_ quota: JSON?) throws(DeliveryError) {
        // -1 is no limit.
        guard let most = quota?["Max24HourSend"]?.double, let sent = quota?["SentLast24Hours"]?.double, most >= 0,
            sent >= most
        else { return }
        throw DeliveryError(
            .rateLimited(retryAfter: wait),
            code: "ses.quota",
            detail:
                "the account has sent \(Int(clamping: sent)) messages in 24 hours, and may send \(Int(clamping: most))",
            remedy: "ask for a higher quota in the SES console, or add a provider to the route"
        )
    }

    private static func fault(_ name: String, _ detail: String, _ remedy: String) -> DeliveryError {
        DeliveryError(.misconfigured, code: "ses.\(name)", detail: detail, remedy: remedy)
    }
}

extension Int {
    /// The nearest whole number to a finite or infinite one.
    fileprivate init(clamping number: Double) { self = Int(exactly: number.rounded()) ?? .max }
}

/// What SES says of an address or a domain (SES API, GetEmailIdentity).
enum SESIdentity: Sendable, Hashable {
    case verified
    /// It exists; with the status of its verification.
    case unverified(String)
    case absent
    /// The credentials may not ask, or the question failed.
    case unknown

    init(_ verdict: SESVerdict) {
        let answer = verdict.answer
        switch answer.status {
        case 200..<300:
            guard let isVerified = answer.json?["VerifiedForSendingStatus"]?.bool else {
                self = .unknown
                return
            }
            let status = answer.json?["VerificationStatus"]?.string.map { ServiceAnswer.line($0) } ?? "not verified"
            self = isVerified ? .verified : .unverified(status)
        case 404 where answer.name == "NotFoundException": self = .absent
        default: self = .unknown
        }
    }

    /// The domains whose identities allow senders of a domain: itself, and those above.
    static func domains(allowing domain: String) -> [String] {
        var domains = [domain]
        var rest = domain[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if rest.contains(".") { domains.append(String(rest)) }
        }
        return domains
    }

    /// A fault when this is the last identity that could allow the sender, and does not; `status` is what is known of its domains.
    func advice(of sender: EmailAddress, _ status: String?, region: String) -> [ProviderAdvice] {
        switch self {
        case .verified, .unknown: return []
        case .unverified, .absent:
            let words = status ?? "\(sender.domain) is no identity there"
            return [
                ProviderAdvice(
                    isFault: true,
                    "SES would refuse mail from \(sender): \(words); verify the domain in \(region) (SES console, Identities)"
                )
            ]
        }
    }
}
