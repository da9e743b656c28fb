// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery

/// The sign-in page, where the user decides at once (RFC 6749 section 4.1.1, RFC 7636).
extension StandInGoogle {
    private static let codeLife = Duration.seconds(600)

    /// Redirects the browser to the client with a code, or returns one of Google's error pages.
    mutating func consent(_ request: HTTPRequest, at now: Timestamp) -> HTTPResponse {
        let query = request.query
        guard let client = clients.first(where: { $0.id == query["client_id"] && !$0.isDeleted }) else {
            return Self.page(401, "Error 401: invalid_client. The OAuth client was not found.")
        }
        guard let redirect = query["redirect_uri"], let address = HTTPURL(redirect), Self.allows(client, redirect)
        else {
            return Self.page(400, "Error 400: redirect_uri_mismatch")
        }
        var back: [(String, String)] = query["state"].map { [("state", $0)] } ?? []
        guard query["response_type"] == "code", let scope = query["scope"], !scope.isEmpty else {
            return Self.page(400, "Error 400: invalid_request")
        }
        if query["code_challenge"] != nil, query["code_challenge_method"] != "S256" {
            return Self.page(400, "Error 400: invalid_request. This server wants S256.")
        }
        guard policy.consent == .allows,
            let account = account(policy.consentingAccount ?? query["login_hint"] ?? accounts.first?.address ?? "")
        else { return Self.send(to: address, back + [("error", "access_denied")]) }
        let asked = Set(scope.split(separator: " ").map(String.init))
        let code = "4/0standin-\(nextNumber())"
        let isInstalled = client.redirects.isEmpty
        // A web client gets a refresh token only when it requests offline access, and again only with a new consent.
        let hasConsented = grants.values.contains { $0.account == account.address && $0.clientID == client.id }
        let isOffline = isInstalled || query["access_type"] == "offline"
        codes[code] = GoogleCode(
            account: account.address,
            clientID: client.id,
            redirect: redirect,
            scopes: policy.tickedScopes.map { asked.intersection($0) } ?? asked,
            challenge: query["code_challenge"],
            givesRefreshToken: isOffline && (!hasConsented || (query["prompt"] ?? "").contains("consent")),
            expiresAt: now + Self.codeLife
        )
        back += [("code", code), ("scope", scope)]
        return Self.send(to: address, back)
    }

    private static func allows(_ client: GoogleClient, _ redirect: String) -> Bool {
        guard client.redirects.isEmpty else { return client.redirects.contains(redirect) }
        guard let url = HTTPURL(redirect) else { return false }
        return !url.isSecure && url.isLoopback
    }

    private static func send(to address: HTTPURL, _ items: [(String, String)]) -> HTTPResponse {
        let target = address.query(items.map { (name: $0.0, value: $0.1) })
        return HTTPResponse(status: 302, headers: [HTTPHeader("Location", target.description)])
    }

    private static func page(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: [HTTPHeader("Content-Type", "text/html; charset=UTF-8")],
            body: Array("<!DOCTYPE html><title>Access blocked</title><p>\(text)".utf8)
        )
    }
}
