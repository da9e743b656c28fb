// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON

/// The Gmail API: authorization, and the read-only calls.
extension StandInGoogle {
    mutating func gmail(_ request: HTTPRequest, _ endpoint: GoogleEndpoint, at now: Timestamp) -> HTTPResponse {
        guard let authorization = request.header("Authorization") else { return Self.loginRequired }
        let words = authorization.split(separator: " ").map(String.init)
        guard words.count == 2, words[0] == "Bearer", let access = accessTokens[words[1]], access.expiresAt > now else {
            return Self.badCredentials
        }
        if let refusal = refusal(of: access, request, endpoint) { return refusal }
        guard let account = access.account.flatMap({ account($0) }) else {
            return Self.failedPrecondition("Precondition check failed.")
        }
        if endpoint == .userInfo {
            return .json(200, ["sub": "1000000001", "email": .string(account.address), "email_verified": true])
        }
        if let refusal = refusal(ofMailboxIn: request, account) { return refusal }
        switch endpoint {
        case .send, .createDraft, .sendDraft: return take(request, endpoint, for: account, at: now)
        case .getDraft, .deleteDraft: return draft(request, endpoint, of: account)
        case .listDrafts: return list(account)
        case .profile:
            let count = sent.count { $0.account == account.address }
            return .json(
                200,
                [
                    "emailAddress": .string(account.address), "messagesTotal": .integer(count),
                    "threadsTotal": .integer(count), "historyId": "1000",
                ]
            )
        case .sendAs: return sendAs(account)
        case .getMessage: return message(request, of: account)
        default: return .google404
        }
    }

    private func refusal(
        of access: GoogleAccess,
        _ request: HTTPRequest,
        _ endpoint: GoogleEndpoint
    ) -> HTTPResponse? {
        if !policy.isAPIEnabled, endpoint != .userInfo {
            let project = policy.projectNumber
            let text =
                "Gmail API has not been used in project \(project) before or it is disabled. Enable it by visiting "
                + "https://console.developers.google.com/apis/api/gmail.googleapis.com/overview?project=\(project) then "
                + "retry. If you enabled this API recently, wait a few minutes for the action to propagate to our "
                + "systems and retry."
            return .gmail(
                403,
                "accessNotConfigured",
                text,
                word: "PERMISSION_DENIED",
                domain: "usageLimits",
                detail: "SERVICE_DISABLED"
            )
        }
        guard !access.scopes.isDisjoint(with: endpoint.scopes) else {
            let list = endpoint.scopes.sorted().joined(separator: " ")
            let challenge =
                "Bearer realm=\"https://accounts.google.com/\", error=\"insufficient_scope\", scope=\"\(list)\""
            return .gmail(
                403,
                "insufficientPermissions",
                "Request had insufficient authentication scopes.",
                word: "PERMISSION_DENIED",
                detail: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                headers: [HTTPHeader("WWW-Authenticate", challenge)]
            )
        }
        return nil
    }

    private func refusal(ofMailboxIn request: HTTPRequest, _ account: GoogleAccount) -> HTTPResponse? {
        let segments = request.path.split(separator: "/").drop { $0 != "users" }.dropFirst()
        let user = segments.first.flatMap { FormText.percentDecoded($0) } ?? ""
        guard user == "me" || user.lowercased() == account.address.lowercased() else {
            return .gmail(403, "forbidden", "Delegation denied for \(account.address)", word: "PERMISSION_DENIED")
        }
        return account.hasMail ? nil : Self.failedPrecondition("Mail service not enabled")
    }

    private func sendAs(_ account: GoogleAccount) -> HTTPResponse {
        let primary: JSON = [
            "sendAsEmail": .string(account.address), "displayName": "", "isPrimary": true, "isDefault": true,
        ]
        let others = account.aliases.sorted { $0.key < $1.key }.map { address, isVerified -> JSON in
            [
                "sendAsEmail": .string(address), "displayName": "", "treatAsAlias": true,
                "verificationStatus": isVerified ? "accepted" : "pending",
            ]
        }
        return .json(200, ["sendAs": .array([primary] + others)])
    }

    private func message(_ request: HTTPRequest, of account: GoogleAccount) -> HTTPResponse {
        let id = request.path.split(separator: "/").last.map(String.init)
        guard let mail = sent.first(where: { $0.id == id && $0.account == account.address }) else { return .notFound }
        let headers = mail.deliveredFields.map { name, value -> JSON in
            ["name": .string(name), "value": .string(value)]
        }
        let body: JSON = [
            "id": .string(mail.id), "threadId": .string(mail.id), "labelIds": ["SENT"],
            "payload": ["headers": .array(headers)],
        ]
        return .json(200, body)
    }

    private static let loginRequired = HTTPResponse.gmail(
        401,
        "required",
        "Login Required.",
        word: "UNAUTHENTICATED",
        detail: "CREDENTIALS_MISSING"
    )
    private static let badCredentials = HTTPResponse.gmail(
        401,
        "authError",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
            + "authentication credential.",
        word: "UNAUTHENTICATED",
        detail: "ACCESS_TOKEN_EXPIRED"
    )

    private static func failedPrecondition(_ text: String) -> HTTPResponse {
        .gmail(400, "failedPrecondition", text, word: "FAILED_PRECONDITION")
    }
}
