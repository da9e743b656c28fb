// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail
internal import OAuth

/// Classifies a response of Microsoft Graph other than 2xx.
///
/// Pure. A code that names a limit decides under any status below 500; otherwise the status decides, and the code chooses the
/// remedy (learn.microsoft.com/graph/errors).
struct GraphVerdict {
    /// The wait when Microsoft blocks the mailbox and names no time.
    static let blockedWait = Duration.seconds(3600)

    private static let throttled: Set<String> = [
        "TooManyRequests", "ApplicationThrottled", "ErrorTooManyObjectsOpened", "MailboxConcurrency",
        "activityLimitReached",
    ]
    /// The mailbox may not send for a while, whatever the message is.
    private static let blocked: Set<String> = [
        "ErrorMessageSubmissionBlocked", "ErrorExceededMessageLimit", "ErrorQuotaExceeded",
        "ErrorSubmissionQuotaExceeded",
    ]
    private static let tooLarge: Set<String> = ["RequestEntityTooLarge", "ErrorMessageSizeExceeded"]
    private static let noMailbox: Set<String> = [
        "MailboxNotEnabledForRESTAPI", "ErrorInvalidUser", "ResourceNotFound", "Request_ResourceNotFound",
        "ErrorNonExistentMailbox", "ErrorItemNotFound", "MailboxNotSupportedForRESTAPI",
    ]
    static let itemNotFound = "graph.ErrorItemNotFound"

    private let answer: ServiceAnswer
    private let remedies: GraphRemedies
    private let now: Timestamp

    /// `now` is the time of the response; its `Date` field takes precedence.
    init(_ response: HTTPResponse, remedies: GraphRemedies, now: Timestamp) {
        var answer = ServiceAnswer(response, service: "Microsoft Graph", prefix: "graph")
        let error = answer.json?["error"]
        answer.name = error?["code"]?.string
        let id = Self.requestID(response, error).map { "request-id \($0)" }
        let words = error?["message"]?.string.flatMap { $0.isEmpty ? nil : ServiceAnswer.line($0) }
        answer.text = words.map { text in id.map { "\(text) (\($0))" } ?? text } ?? id
        self.answer = answer
        self.remedies = remedies
        self.now = now
    }

    /// Microsoft's own id of the call, which its support asks for.
    static func requestID(_ response: HTTPResponse, _ error: JSON? = nil) -> String? {
        let text = response.header("request-id") ?? error?["innerError"]?["request-id"]?.string
        return text.flatMap { text in
            (1...64).contains(text.utf8.count)
                && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
                ? text : nil
        }
    }

    var error: DeliveryError {
        if let name = answer.name, answer.status < 500 || answer.status == 507, let limit = limit(name) { return limit }
        switch answer.status {
        case 401: return answer.failure(.authentication, remedy: remedies.signIn)
        case 403: return forbidden
        case 404, 405: return notFound
        case 409: return answer.failure(.transient)
        case 413: return answer.rejection(remedy: remedies.size)
        case 429: return answer.limit(wait, remedy: isAboutConcurrency ? remedies.concurrency : remedies.rate)
        case 503 where answer.name.map(Self.throttled.contains) ?? false:
            return answer.limit(wait, remedy: remedies.rate)
        case 507: return answer.limit(wait ?? Self.blockedWait, remedy: remedies.blocked)
        case 408, 425, 503: return answer.failure(.transient)
        case 500...: return answer.failure(.uncertain, remedy: remedies.lookInSent)
        default: return answer.byStatus(orAddress: remedies.address)
        }
    }

    private func limit(_ name: String) -> DeliveryError? {
        if Self.throttled.contains(name) {
            return answer.limit(wait, remedy: isAboutConcurrency ? remedies.concurrency : remedies.rate)
        }
        if Self.blocked.contains(name) { return answer.limit(wait ?? Self.blockedWait, remedy: remedies.blocked) }
        return Self.tooLarge.contains(name) ? answer.rejection(remedy: remedies.size) : nil
    }

    private var isAboutConcurrency: Bool {
        answer.name == "MailboxConcurrency" || answer.lowercasedText.contains("mailboxconcurrency")
    }

    private var forbidden: DeliveryError {
        switch answer.name {
        case "ErrorSendAsDenied": answer.failure(.misconfigured, remedy: remedies.sendAs)
        case let name? where Self.noMailbox.contains(name): answer.failure(.misconfigured, remedy: remedies.mailbox)
        case nil: answer.failure(.misconfigured, remedy: remedies.address)
        default: answer.failure(.misconfigured, remedy: remedies.permission)
        }
    }

    private var notFound: DeliveryError {
        answer.failure(.misconfigured, remedy: answer.name == nil ? remedies.address : remedies.mailbox)
    }

    /// `Retry-After` as seconds or as a date (RFC 9110 section 10.2.3).
    private var wait: Duration? { answer.response.wait(in: "Retry-After", now: now) }
}

/// The remedies for failures of the provider with this name.
struct GraphRemedies {
    let provider: String
    let account: String
    private let isApplication: Bool
    private let isStored: Bool

    init(provider: String, account: String, place: TokenLocation) {
        self.provider = provider
        self.account = account
        isApplication = place == .clientCredentials
        isStored = place.keepsGrants
    }

    private var authorize: String {
        isStored ? "run `posthaste tokens authorize \(provider)` and sign in as \(account)" : "check `tokens`"
    }

    /// The right to send is granted to the app, or by the owner of the mailbox.
    private func grant(_ permission: String) -> String {
        isApplication
            ? "an administrator grants the application permission \(permission) of Microsoft Graph under API permissions of the app "
                + "registration, and sees that no policy of Exchange keeps the app from \(account)"
            : "add the delegated permission \(permission) of Microsoft Graph under API permissions of the app registration, then "
                + authorize
    }

    var signIn: String {
        isApplication
            ? "Microsoft refuses even a new access token: check `tenant`, `client_id` and `cloud`"
            : "Microsoft refuses even a new access token: \(authorize)"
    }

    var permission: String { grant(GraphScope.send) }

    var sendAs: String {
        "\(account) may not send as the sender of this mail: give it the right Send As in the Exchange admin center, or let the brand "
            + "send from \(account)"
    }

    var mailbox: String {
        "see that `account: \(account)` is the user principal name of a user with an Exchange Online mailbox in the tenant"
    }

    var address: String { "check `api_url` and `cloud`; without `api_url` the address of the cloud is used" }

    var size: String {
        "Exchange Online takes messages of at most 35 MB unless an administrator allows more, up to 150 MB"
    }

    var rate: String { "lower `limits.per_second`, or add a provider to the route" }
    var concurrency: String {
        "lower `limits.concurrency` to 3 or less: Microsoft allows an app 4 requests at a time to a mailbox"
    }

    var blocked: String {
        "Exchange keeps \(account) from sending for a while: see in the admin center whether it is over its limit of recipients a day, "
            + "restricted, or full"
    }

    var lookInSent: String { "look in Sent Items of \(account) for the message" }

    var noLargeMail: String {
        "\(provider): the permission \(GraphScope.write) is missing, so mail over 3 MB cannot leave; \(grant(GraphScope.write))"
            + (isApplication ? "" : " with `large_mail: true`")
            + ", or set `large_mail: false` so that other providers take it"
    }

    func foreignSender(_ sender: EmailAddress) -> String {
        "\(provider): mail from \(sender) leaves only if \(account) has the right Send As for it in Exchange Online, which only a "
            + "message can show"
    }

    var tooLarge: DeliveryError {
        .inexpressible(
            "graph.too_large",
            "the message has more than 3 MB beside attachments that can be uploaded",
            remedy: "shorten its text, or add another provider to the route"
        )
    }

    var noToken: DeliveryError {
        DeliveryError(
            .misconfigured,
            code: "graph.no_token",
            detail: "there are no tokens to sign in with",
            remedy: authorize
        )
    }

    /// The right to write drafts is missing: only mail that is too large for one request is concerned.
    func cannotWrite(_ error: DeliveryError) -> DeliveryError {
        DeliveryError(
            error.kind,
            scope: .message,
            code: error.code,
            detail: error.detail,
            remedy: grant(GraphScope.write)
        )
    }
}
