// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
import JSON

/// Calls an OAuth token endpoint and interprets its responses (RFC 6749 sections 5 and 6).
package struct TokenEndpoint: Sendable {
    let client: any HTTPClient
    let clock: Clock
    let parse: TokenSealing.Parsing

    private static let openItems: Set<String> = [
        "grant_type", "client_id", "redirect_uri", "scope", "client_assertion_type",
    ]

    package init(client: any HTTPClient, clock: @escaping Clock, parse: @escaping TokenSealing.Parsing) {
        self.client = client
        self.clock = clock
        self.parse = parse
    }

    /// Requests a token; `subject` says for whom, and supplies the details of error texts.
    package func token(
        _ form: [(name: String, value: String)],
        at url: HTTPURL,
        about subject: TokenSubject
    ) async throws(DeliveryError) -> OAuthToken {
        let asked = clock()
        let request = HTTPRequest(
            .post,
            url,
            headers: [
                HTTPHeader("Content-Type", "application/x-www-form-urlencoded"),
                HTTPHeader("Accept", "application/json"),
            ],
            body: Array(HTTPURL.form(form).utf8)
        )
        let response: HTTPResponse
        do throws(HTTPFailure) { response = try await client.perform(request) } catch {
            let kind: DeliveryError.Kind = DeliveryError(error).kind == .misconfigured ? .misconfigured : .transient
            throw DeliveryError(
                kind,
                code: "oauth.unreachable",
                detail: "the token endpoint \(url.origin) does not answer: \(error.detail)"
            )
        }
        // An HTML page of a proxy, or an empty body, adds nothing to the status.
        let body = (try? parse(response.body)) ?? .null
        guard response.status == 200 else {
            throw TokenErrorResponse(response, body, subject, secrets: secrets(form), now: clock()).verdict
        }
        guard let answer = body.object, answer["access_token"]?.string?.isEmpty == false else {
            throw DeliveryError(
                .transient,
                code: "oauth.answer",
                detail: "the token endpoint \(url.origin) answered 200 without a usable `access_token`",
                remedy: "check that `token_uri` in the client file is the token endpoint of the service"
            )
        }
        return OAuthToken(answer: answer, at: asked)
    }

    /// The values of the form that must not appear in a text: all but the grant type and the client's public id.
    private func secrets(_ form: [(name: String, value: String)]) -> [String] {
        form.filter { !Self.openItems.contains($0.name) && !$0.value.isEmpty }.map(\.value)
    }
}

/// What a token is for, as error texts name it.
package struct TokenSubject: Sendable, Hashable {
    /// The operator's name for the provider.
    package var provider: String
    package var account: String
    /// The command that replaces a dead grant.
    package var remedy: String
    /// The numeric or other id of the refused client.
    package var clientID: String?
    package var scopes: [String]
    /// When the grant was given, if known.
    package var grantedAt: Timestamp?
    package var isServiceAccount = false
    /// What the service's refusals mean.
    package var hints = OAuthHints()

    package init(provider: String, account: String, remedy: String, clientID: String? = nil, scopes: [String] = []) {
        self.provider = provider
        self.account = account
        self.remedy = remedy
        self.clientID = clientID
        self.scopes = scopes
    }

    /// The subject of a provider's tokens.
    package init(_ request: TokenRequest) {
        self.init(
            provider: request.provider,
            account: request.account,
            remedy: request.remedy,
            scopes: request.scopes
        )
        if let service = request.service { hints = service.hints }
    }
}

/// A token endpoint's refusal, in plain words with the remedy.
///
/// RFC 6749 section 5.2; what Google adds is in its guide "Using OAuth 2.0 to Access Google APIs".
struct TokenErrorResponse: Sendable {
    private let status: Int
    private let error: String
    private let words: String
    private let subtype: String?
    private let retryAfter: Duration?
    private let subject: TokenSubject
    /// The offset of this machine's clock from the server's; nil when the response has no date.
    private let skew: Duration?
    private let now: Timestamp

    init(_ response: HTTPResponse, _ body: JSON, _ subject: TokenSubject, secrets: [String] = [], now: Timestamp) {
        status = response.status
        // Some servers quote the value that they refuse.
        func masked(_ text: String?) -> String {
            secrets.reduce(text ?? "") {
                $0.split(separator: $1, omittingEmptySubsequences: false).joined(separator: "…")
            }
        }
        error = masked(body["error"]?.string)
        words = Self.plain(masked(body["error_description"]?.string))
        subtype = body["error_subtype"]?.string
        retryAfter = response.retryAfterSeconds
        self.subject = subject
        self.now = now
        skew = response.header("Date").flatMap { Timestamp(httpDate: $0) }.map { now - $0 }
    }

    var verdict: DeliveryError {
        if status == 429 { return other }
        if let refusal = subject.hints.refusal(error, words) { return meaning(of: refusal) }
        switch error {
        case "invalid_grant": return invalidGrant
        case "invalid_client", "deleted_client":
            return set(
                "the OAuth client is wrong or was deleted (\(error))",
                "check that `credentials` is the present client file: its id and secret are refused"
            )
        case "unauthorized_client" where subject.isServiceAccount:
            return set(
                "the service account may not act for \(subject.account)",
                "in the Admin console under Security, API controls, Domain-wide delegation, add the client \(subject.clientID ?? "")"
                    + " with the scope \(subject.scopes.first ?? ""); it may take a day to spread"
            )
        case "unauthorized_client", "unsupported_grant_type":
            return set(
                "the OAuth client may not renew tokens (\(error))",
                "use a client of the type `Desktop app` or `Web`"
            )
        case "invalid_scope":
            return set("the scope is refused", "check that the API is enabled for the project, and the client's scopes")
        case "access_denied", "org_internal", "admin_policy_enforced":
            return set(
                "the organisation does not let this app in (\(error))",
                "an administrator has to allow it: Admin console, Security, API controls"
            )
        case "redirect_uri_mismatch", "invalid_request":
            return set("the token endpoint refuses the request: \(error) \(words)", "check the client file")
        default: return other
        }
    }

    /// What the service documents about the refusal.
    private func meaning(of refusal: OAuthHints.Refusal) -> DeliveryError {
        switch refusal.meaning {
        case .grantIsDead:
            DeliveryError(
                .authentication,
                code: "oauth.\(code)",
                detail: "the grant of \(subject.account) is no longer good: \(refusal.cause)"
                    + (words.isEmpty ? "" : " (\(words))"),
                remedy: [refusal.remedy, subject.remedy].compactMap(\.self).joined(separator: "; then ")
            )
        case .setUpIsWrong: set(refusal.cause, refusal.remedy ?? subject.remedy)
        case .comeBackLater:
            DeliveryError(
                .transient,
                code: "oauth.\(code)",
                detail: "\(refusal.cause)" + (words.isEmpty ? "" : " (\(words))"),
                remedy: refusal.remedy
            )
        }
    }

    /// The error code, or the status when the body has none.
    private var code: String { error.isEmpty ? "\(status)" : Self.plain(error) }

    /// A response that is not an OAuth error: the endpoint is busy, broken, or not a token endpoint.
    private var other: DeliveryError {
        if status == 429 {
            return DeliveryError(
                .rateLimited(retryAfter: retryAfter),
                code: "oauth.429",
                detail: "the token endpoint asks for patience"
            )
        }
        let name = error.isEmpty ? "\(status)" : Self.plain(error)
        return DeliveryError(
            .transient,
            code: "oauth.\(status)",
            detail: "the token endpoint answered \(name)" + (words.isEmpty ? "" : ": \(words)")
        )
    }

    private var invalidGrant: DeliveryError {
        if blamesTheClock {
            let by = skew.map { ", which is \(abs($0.milliseconds) / 1000) s \($0 < .zero ? "behind" : "ahead")" } ?? ""
            return DeliveryError(
                .transient,
                code: "oauth.clock",
                detail: "the token endpoint blames this machine's clock\(by)",
                remedy: "set the clock (`timedatectl set-ntp true`)"
            )
        }
        return DeliveryError(
            .authentication,
            code: "oauth.invalid_grant",
            detail: "the grant of \(subject.account) is no longer good: \(cause)",
            remedy: subject.remedy
        )
    }

    private var blamesTheClock: Bool {
        if words.contains("iat and exp") || words.contains("reasonable timeframe") { return true }
        guard subject.isServiceAccount, let skew else { return false }
        return abs(skew.milliseconds) > 300_000
    }

    private var cause: String {
        if subject.isServiceAccount {
            return words.contains("Signature")
                ? "the key of the service account was deleted or replaced"
                : "there is no such account or service account (\(words))"
        }
        if subtype == "invalid_rapt" {
            return "the organisation asks for a new sign-in every so often (session control)"
        }
        if let grantedAt = subject.grantedAt {
            let days = Int((now - grantedAt).milliseconds / 86_400_000)
            if (6...8).contains(days), subject.hints.endsGrantsInTesting {
                return
                    "it lived for \(days) days, as grants of an app in `Testing` do; publish the app's consent screen"
            }
            if days >= 180 { return "it was revoked, or not used for six months" }
        }
        return "it was revoked, the password was changed, or too many were given to this client"
    }

    private func set(_ detail: String, _ remedy: String) -> DeliveryError {
        DeliveryError(
            .misconfigured,
            code: "oauth.\(code)",
            detail: "\(detail)" + (words.isEmpty ? "" : " (\(words))"),
            remedy: remedy
        )
    }

    /// Text from outside, shortened to one line.
    private static func plain(_ text: String) -> String {
        String(text.prefix(200).map { $0.isNewline || $0.asciiValue.map { $0 < 32 || $0 == 127 } ?? false ? " " : $0 })
    }
}

extension Timestamp {
    /// Reads the preferred form of RFC 9110 section 5.6.7, `Fri, 20 Nov 2026 17:33:27 GMT`.
    init?(httpDate text: String) {
        let parts = text.split { $0 == " " || $0 == "," }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let day = parts[1].count == 1 ? "0\(parts[1])" : "\(parts[1])"
        self.init("\(parts[3])-\(month < 9 ? "0" : "")\(month + 1)-\(day)T\(parts[4])Z")
    }
}
