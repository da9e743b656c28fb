// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON

/// Classifies a response of SparkPost other than 2xx.
///
/// Pure. The status decides, then the code of the first error (SparkPost API reference, "Errors" and "Transmissions").
struct SparkPostVerdict {
    private static let hourWait = Duration.seconds(600)
    private static let dayWait = Duration.seconds(3600)
    private static let rateWait = Duration.seconds(2)
    /// Sending domains that are missing, not verified, or not allowed.
    private static let domains: Set<String> = ["7000", "7001", "7002", "7003", "7004"]
    /// The sending limits of an hour, a day and a month.
    private static let limits: Set<String> = ["2101", "2102", "2103"]

    let answer: ServiceAnswer
    private let asked: Duration?

    init(_ response: HTTPResponse, now: Timestamp) {
        var answer = ServiceAnswer(response, service: "SparkPost", prefix: "sparkpost")
        let first = answer.json?["errors"]?.array?.first
        answer.name = first?["code"].flatMap { $0.string ?? $0.integer.map(String.init) }
        answer.text = first.flatMap(Self.words)
        self.answer = answer
        asked = response.wait(in: "Retry-After", now: now)
    }

    /// `message: description` of an error.
    static func words(_ error: JSON) -> String? {
        let words = [error["message"]?.string, error["description"]?.string].compactMap(\.self).filter { !$0.isEmpty }
        return words.isEmpty ? nil : words.joined(separator: ": ")
    }

    var error: DeliveryError {
        switch answer.status {
        case 420,
            400..<500 where isQuota:
            return quota
        case 429:
            return answer.limit(asked ?? Self.rateWait, remedy: "lower `limits.per_second`")
        case 401: return answer.failure(.authentication, remedy: keyRemedy)
        case 400..<500 where isDomain:
            return answer.failure(
                .misconfigured,
                remedy:
                    "add the sender's domain as a sending domain in SparkPost (Configuration, Domains), and verify it"
            )
        case 403: return answer.failure(.misconfigured, remedy: rightRemedy)
        case 409:
            return DeliveryError(.transient, scope: .message, code: answer.code, detail: answer.detail)
        default: return answer.byStatus(orAddress: addressRemedy)
        }
    }

    var addressRemedy: String { "check `api_url`, or leave it out and write `region: us` or `region: eu`" }

    private var keyRemedy: String {
        "check `api_key`, and `region`: a key of the US service is unknown to that of the EU, and the other way round"
    }

    private var rightRemedy: String {
        "give the key the right `Transmissions: Read/Write` in SparkPost (Configuration, API Keys); it may also be bound to other "
            + "IP addresses"
    }

    private var isQuota: Bool {
        Self.limits.contains(answer.name ?? "") || answer.lowercasedText.contains("exceed sending limit")
    }

    private var isDomain: Bool {
        Self.domains.contains(answer.name ?? "") || answer.lowercasedText.contains("unconfigured sending domain")
            || answer.lowercasedText.contains("unverified sending domain")
    }

    private var quota: DeliveryError {
        let isHour = answer.name == "2101" || answer.lowercasedText.contains("hourly")
        return answer.limit(
            asked ?? (isHour ? Self.hourWait : Self.dayWait),
            remedy: "the account has sent what its plan allows; ask SparkPost for more, or add a provider to the route"
        )
    }
}

/// What SparkPost says of an accepted transmission.
struct SparkPostResults {
    private let answer: ServiceAnswer

    init(_ verdict: SparkPostVerdict) {
        answer = verdict.answer
    }

    /// Throws `rejected` when SparkPost took no recipient, and `uncertain` without an id.
    ///
    /// SparkPost counts the recipients that it refused and does not name them.
    func receipt() throws(DeliveryError) -> Receipt {
        let results = answer.json?["results"]
        let accepted = results?["total_accepted_recipients"]?.integer
        let rejected = results?["total_rejected_recipients"]?.integer ?? 0
        if accepted == 0, rejected > 0 {
            throw DeliveryError(
                .rejected,
                scope: .message,
                code: "sparkpost.no_recipient",
                detail: "SparkPost refused all recipients (\(rejected))\(reasons(results))"
            )
        }
        guard let id = results?["id"].flatMap({ $0.string ?? $0.integer.map(String.init) }), !id.isEmpty else {
            throw answer.withoutID()
        }
        guard rejected > 0 else { return Receipt(id: id) }
        let all = accepted.map { " of \($0 + rejected)" } ?? ""
        return Receipt(
            id: id,
            refusalNote: "SparkPost refused \(rejected)\(all) recipients and does not say which\(reasons(results))"
        )
    }

    private func reasons(_ results: JSON?) -> String {
        let words = results?["rcpt_to_errors"]?.array?.compactMap(SparkPostVerdict.words) ?? []
        return words.isEmpty ? "" : ": \(ServiceAnswer.line(words.joined(separator: "; ")))"
    }
}
