// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import Foundation

/// Classifies a response of Gmail other than 2xx.
///
/// Pure. The HTTP status decides first, then the reason of the first error, then the code of google.rpc.Code, then the text
/// (Gmail API, "Resolve errors").
struct GmailVerdict {
    /// The wait after a mailbox reaches its daily limit, when Gmail names no time.
    static let dayCapWait = Duration.seconds(3600)

    private static let longestText = 500

    private let response: HTTPResponse
    private let remedies: GmailRemedies
    private let now: Timestamp
    private let failure: GmailAnswer.Failure?
    private let reason: String?
    private let word: String?
    private let text: String
    private let lower: String

    /// `now` is the time of the response; its `Date` field takes precedence.
    init(_ response: HTTPResponse, remedies: GmailRemedies, now: Timestamp) {
        self.response = response
        self.remedies = remedies
        self.now = now
        failure = GmailAnswer(response)?.error
        reason = failure?.errors?.first?.reason
        word = failure?.status
        text = failure?.message ?? ""
        lower = text.lowercased()
    }

    var error: DeliveryError {
        switch response.status {
        case 401: refused(.authentication, remedies.signIn)
        case 400..<500 where isLimit, 503 where isLimit: limit
        case 400: isPrecondition ? precondition : rejected()
        case 403: forbidden
        case 404, 405: failure == nil ? refused(.misconfigured, remedies.address) : rejected()
        case 412, 413: rejected(remedies.size)
        case 300..<400: refused(.misconfigured, remedies.address)
        case 408, 425, 503: refused(.transient)
        case 500...: refused(.uncertain, remedies.lookInSent)
        default: DeliveryError(response, detail: detail)
        }
    }

    /// True when one of the three places of Google's reasons contains one of `reasons`.
    private func says(_ reasons: String...) -> Bool {
        let details = failure?.details?.compactMap(\.reason) ?? []
        return reasons.contains { reason == $0 || word == $0 || details.contains($0) }
    }

    private func refused(_ kind: DeliveryError.Kind, _ remedy: String? = nil) -> DeliveryError {
        DeliveryError(kind, code: code, detail: detail, remedy: remedy)
    }

    private func rejected(_ remedy: String? = nil) -> DeliveryError {
        DeliveryError(.rejected, scope: .message, code: code, detail: detail, remedy: remedy)
    }
}

extension GmailVerdict {
    private var isPrecondition: Bool { says("failedPrecondition", "FAILED_PRECONDITION") }

    private var precondition: DeliveryError {
        let isMailOff = lower.contains("mail service not enabled")
        return refused(.misconfigured, isMailOff ? remedies.mailService : remedies.subject)
    }

    private var forbidden: DeliveryError {
        let remedy =
            if says("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT") {
                remedies.scope
            } else if says("accessNotConfigured", "SERVICE_DISABLED") {
                remedies.enableAPI(project: project)
            } else if says("domainPolicy") {
                remedies.domainPolicy
            } else if lower.contains("insufficient") {
                remedies.scope
            } else if lower.contains("delegation denied") {
                remedies.delegation
            } else {
                remedies.forbidden
            }
        return refused(.misconfigured, remedy)
    }

    /// The number after `project` in the text.
    private var project: String? {
        let words = text.split { " =&".contains($0) }
        return zip(words, words.dropFirst()).first { $0.0.hasSuffix("project") && Int($0.1) != nil }.map {
            String($0.1)
        }
    }
}

extension GmailVerdict {
    private static let limits: Set<String> = [
        "rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RESOURCE_EXHAUSTED",
        "RATE_LIMIT_EXCEEDED",
    ]

    /// Reasons that add nothing to the status.
    private static let general: Set<String> = [
        "forbidden", "badRequest", "backendError", "PERMISSION_DENIED", "UNAVAILABLE", "UNKNOWN",
    ]

    /// A quota is never a bounce, so its reasons count under any status below 500.
    ///
    /// The first specific reason decides; the text decides only without one, and for a 403 only.
    private var isLimit: Bool {
        if response.status == 429 { return true }
        let reasons = [reason] + (failure?.details ?? []).map(\.reason) + [word]
        if let specific = reasons.lazy.compactMap(\.self).first(where: { !Self.general.contains($0) }) {
            return Self.limits.contains(specific)
        }
        return response.status == 403 && ["rate limit", "quota exceeded"].contains { lower.contains($0) }
    }

    private var limit: DeliveryError {
        if !says("dailyLimitExceeded"),
            ["(mail sending)", "limit for sending mail"].contains(where: { lower.contains($0) })
        {
            return DeliveryError(
                .rateLimited(retryAfter: wait ?? Self.dayCapWait),
                code: "gmail.sending_cap",
                detail: detail,
                remedy: remedies.sendingCap
            )
        }
        if says("dailyLimitExceeded") {
            let date = response.date(now: now)
            let midnight = PacificTime.nextMidnight(after: date) - date
            return refused(.rateLimited(retryAfter: wait ?? midnight), remedies.projectQuota)
        }
        let isConcurrency = lower.contains("too many concurrent requests")
        return refused(
            .rateLimited(retryAfter: wait),
            isConcurrency ? remedies.concurrency : remedies.rate
        )
    }

    /// How long Gmail asks to wait, from a time in the text or a field.
    private var wait: Duration? {
        timeInText.map { response.wait(until: $0, now: now) } ?? response.wait(in: "Retry-After", now: now)
    }

    private var timeInText: Timestamp? {
        guard let place = text.range(of: "retry after ", options: .caseInsensitive) else { return nil }
        let rest = text[place.upperBound...]
        return Timestamp(String(rest.prefix { !" )(,;".contains($0) }))
    }
}

extension GmailVerdict {
    /// `gmail.` and Google's own reason, or the status without a usable reason.
    private var code: String {
        let name = reason ?? failure?.details?.first?.reason ?? word
        let isName = name.map { (1...48).contains($0.utf8.count) && $0.utf8.allSatisfy(Self.isNameByte) } ?? false
        return isName ? "gmail.\(name ?? "")" : "http.\(response.status)"
    }

    private static func isNameByte(_ byte: UInt8) -> Bool { byte.isASCIILetter || byte == UInt8(ascii: "_") }

    /// Google's text on one line, without quotations from the message.
    private var detail: String {
        guard failure != nil, !text.isEmpty else {
            let isPage = (response.header("Content-Type") ?? "").hasPrefix("text/html")
            return "Gmail answered \(response.status)\(isPage ? " with a web page" : " without saying why")"
        }
        let quoted = text.range(of: "decoding failed for").map { String(text[..<$0.upperBound]) } ?? text
        let line = quoted.split { $0.isNewline }.joined(separator: " ").prefix(Self.longestText)
        return "Gmail answered \(response.status): \(line)"
    }
}
