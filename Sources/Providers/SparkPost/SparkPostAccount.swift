// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Judges what SparkPost says of the account (SparkPost API, "Account").
enum SparkPostAccount {
    private static let wait = Duration.seconds(3600)
    private static let closed: Set<String> = ["suspended", "terminated", "cancelled", "canceled"]

    /// Throws what keeps mail from leaving.
    ///
    /// - Returns: Warnings; none for a key that may send but not ask.
    static func advice(in verdict: SparkPostVerdict, now: Timestamp) throws(DeliveryError) -> [ProviderAdvice] {
        if verdict.answer.status == 403 { return [] }
        guard 200..<300 ~= verdict.answer.status else { throw verdict.error }
        guard let account = verdict.answer.json?["results"], account.object != nil else {
            throw fault(
                "no_account",
                "the answer to a question for the account is not that of SparkPost",
                verdict.addressRemedy
            )
        }
        let status = account["status"]?.string.map { ServiceAnswer.line($0) } ?? "active"
        if closed.contains(status.lowercased()) {
            throw fault("account", "the account is \(status)", "write to SparkPost's support")
        }
        for span in ["day", "month"] { try check(account["usage"]?[span], span, verdict.answer.response, now) }
        guard status != "active" else { return [] }
        return [ProviderAdvice(isFault: false, "the SparkPost account has the status \(status), not active")]
    }

    private static func check(
        _ usage: JSON?,
        _ span: String,
        _ response: HTTPResponse,
        _ now: Timestamp
    ) throws(DeliveryError) {
        guard let used = usage?["used"]?.integer, let limit = usage?["limit"]?.integer, limit > 0, used >= limit else {
            return
        }
        let end = usage?["end"]?.string.flatMap { Timestamp($0) }
        throw DeliveryError(
            .rateLimited(retryAfter: end.map { response.wait(until: $0, now: now) } ?? wait),
            code: "sparkpost.quota",
            detail: "the account has sent \(used) messages in this \(span), and may send \(limit)",
            remedy: "choose a larger plan at SparkPost, or add a provider to the route"
        )
    }

    private static func fault(_ name: String, _ detail: String, _ remedy: String) -> DeliveryError {
        DeliveryError(.misconfigured, code: "sparkpost.\(name)", detail: detail, remedy: remedy)
    }
}

/// Judges SparkPost's list of sending domains (SparkPost API, "Sending Domains").
enum SparkPostDomains {
    /// A fault for each sender whose domain SparkPost would refuse; none for a key that may not ask.
    static func advice(in verdict: SparkPostVerdict, for senders: [EmailAddress]) throws(DeliveryError)
        -> [ProviderAdvice]
    {
        if verdict.answer.status == 403 { return [] }
        guard 200..<300 ~= verdict.answer.status, let list = verdict.answer.json?["results"]?.array else {
            return [
                ProviderAdvice(isFault: false, "SparkPost does not list its sending domains: \(verdict.answer.detail)")
            ]
        }
        var states: [String: JSON] = [:]
        for item in list {
            if let name = item["domain"]?.string { states[name.lowercased()] = item["status"] ?? .null }
        }
        return Set(senders.map(\.domain)).sorted().compactMap { domain in
            guard let state = states[domain] else { return missing(domain, isBelow: states.keys) }
            if state["compliance_status"]?.string == "blocked" {
                return ProviderAdvice(isFault: true, "SparkPost has blocked \(domain): write to its support")
            }
            guard state["ownership_verified"]?.bool == false else { return nil }
            return ProviderAdvice(
                isFault: true,
                "\(domain) is not verified as a sending domain in SparkPost: set its DNS records, and verify it there"
            )
        }
    }

    private static func missing(_ domain: String, isBelow known: some Collection<String>) -> ProviderAdvice {
        let parent = known.first { domain.hasSuffix(".\($0)") }
        return ProviderAdvice(
            isFault: parent == nil,
            "\(domain) is no sending domain in SparkPost\(parent.map { ", only \($0) is" } ?? ""): add it under Configuration, "
                + "Domains"
        )
    }
}
