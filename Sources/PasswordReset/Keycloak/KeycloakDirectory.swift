// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import JSON
package import Mail

/// The users of a Keycloak realm, accessed by a client with a service account.
package actor KeycloakDirectory: Directory {
    package struct Settings: Sendable, Hashable {
        package var url: HTTPURL
        package var realm: String
        package var clientID: String
        package var clientSecret: Secret

        package init(url: HTTPURL, realm: String, clientID: String, clientSecret: Secret) {
            self.url = url
            self.realm = realm
            self.clientID = clientID
            self.clientSecret = clientSecret
        }
    }

    /// The base URL, discovered at the first call, because Keycloak 17 removed the prefix `/auth`.
    private struct Place {
        let api: KeycloakAPI
        let tokenEndpoint: HTTPURL
    }

    private let settings: Settings
    private let client: any HTTPClient
    private let parse: @Sendable ([UInt8]) throws -> JSON
    private let clock: Clock
    private var place: Place?
    private var token: AccessToken?
    private var renewal: Task<Result<AccessToken, DirectoryError>, Never>?

    package init(
        _ settings: Settings,
        client: any HTTPClient,
        clock: @escaping Clock,
        parse: @escaping @Sendable ([UInt8]) throws -> JSON
    ) {
        self.settings = settings
        self.client = client
        self.clock = clock
        self.parse = parse
    }

    package func user(with address: EmailAddress) async throws(DirectoryError) -> DirectoryUser? {
        KeycloakAnswer.user(try await answer { $0.users(with: address, token: $1) }, with: address)
    }

    /// Retries when the response was lost; if the password history then contains the password, the first try succeeded.
    package func setPassword(_ password: Secret, of userID: String) async throws(DirectoryError) {
        var isLost = false
        do throws(DirectoryError) {
            _ = try await answer(isLost: &isLost, isChange: true) { $0.setPassword(password, of: userID, token: $1) }
        } catch {
            guard isLost else { throw error }
            do throws(DirectoryError) {
                var isLostAgain = false
                _ = try await answer(isLost: &isLostAgain, isChange: true) {
                    $0.setPassword(password, of: userID, token: $1)
                }
            } catch .refused(let rules) where rules.contains(where: \.concernsHistory) {
                return
            }
        }
    }

    package func endSessions(of userID: String) async throws(DirectoryError) {
        _ = try await answer { $0.endSessions(of: userID, token: $1) }
    }

    package func passwordRules() async throws(DirectoryError) -> [PasswordRule] {
        KeycloakPolicy.rules(try await answer { $0.realmSettings(token: $1) }["passwordPolicy"]?.string ?? "")
    }

    private func answer(to call: (KeycloakAPI, Secret) -> HTTPRequest) async throws(DirectoryError) -> JSON {
        var isLost = false
        return try await answer(isLost: &isLost, to: call)
    }

    /// Sends a request with a valid token; after a 401 once more with a new one.
    ///
    /// `isLost` becomes true when the whole request was sent and no response came.
    private func answer(
        isLost: inout Bool,
        isChange: Bool = false,
        to call: (KeycloakAPI, Secret) -> HTTPRequest
    ) async throws(DirectoryError) -> JSON {
        let place = try await place()
        let token = try await token(replacing: nil, place)
        let response = try await perform(call(place.api, token.value), isLost: &isLost)
        guard response.status == 401 else { return try body(of: response, isChange: isChange) }
        let fresh = try await self.token(replacing: token, place)
        return try body(of: try await perform(call(place.api, fresh.value), isLost: &isLost), isChange: isChange)
    }

    private func place() async throws(DirectoryError) -> Place {
        if let place { return place }
        for base in [settings.url, settings.url.appending("auth")] {
            let api = KeycloakAPI(
                base: base,
                realm: settings.realm,
                clientID: settings.clientID,
                clientSecret: settings.clientSecret
            )
            let response = try await perform(api.discovery)
            if response.status == 404, base == settings.url { continue }
            guard let endpoint = try body(of: response)["token_endpoint"]?.string.flatMap({ HTTPURL($0) }) else {
                throw .misconfigured("\(settings.url.origin) is no Keycloak", remedy: "check `url`")
            }
            let found = Place(api: api, tokenEndpoint: endpoint)
            place = found
            return found
        }
        throw .misconfigured("Keycloak has no such realm", remedy: "check `realm` and `url`")
    }

    /// One token request serves all waiting callers.
    private func token(
        replacing rejected: AccessToken?,
        _ place: Place
    ) async throws(DirectoryError) -> AccessToken {
        if let token, token != rejected, token.expiresAt > clock() { return token }
        let renewal = renewal ?? Task { await renew(place) }
        self.renewal = renewal
        return try await renewal.value.get()
    }

    private func renew(_ place: Place) async -> Result<AccessToken, DirectoryError> {
        defer { renewal = nil }
        let asked = clock()
        do throws(DirectoryError) {
            let answer = try body(of: try await perform(place.api.token(at: place.tokenEndpoint)))
            guard let value = answer["access_token"]?.string else { throw .unavailable("it gave no access token") }
            let life = max(1, (answer["expires_in"]?.integer ?? 60) - 10)
            let token = AccessToken(Secret(value), expiresAt: asked + .seconds(life))
            self.token = token
            return .success(token)
        } catch {
            return .failure(error)
        }
    }

    private func perform(_ request: HTTPRequest) async throws(DirectoryError) -> HTTPResponse {
        var isLost = false
        return try await perform(request, isLost: &isLost)
    }

    private func perform(
        _ request: HTTPRequest,
        isLost: inout Bool
    ) async throws(DirectoryError) -> HTTPResponse {
        do throws(HTTPFailure) {
            return try await client.perform(request)
        } catch {
            isLost = error.stage == .answering
            throw .unavailable(error.detail)
        }
    }

    private func body(of response: HTTPResponse, isChange: Bool = false) throws(DirectoryError) -> JSON {
        // A proxy's HTML page or an empty body adds nothing to the status.
        let body = response.body.isEmpty ? JSON.null : (try? parse(response.body)) ?? .null
        guard 200..<300 ~= response.status else {
            throw KeycloakAnswer.failure(response.status, body, isChange: isChange)
        }
        return body
    }
}
