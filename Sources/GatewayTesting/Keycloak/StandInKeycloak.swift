// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import JSON
public import Synchronization

/// A stand-in for Keycloak's token endpoint and admin API, with the same refusals.
public final class StandInKeycloak: HTTPClient {
    public struct User: Sendable {
        public var id: String
        public var email: String
        public var firstName: String?
        public var isEnabled = true
        public var isServiceAccount = false
        public var password = ""
        public var passwordHistory: [String] = []
        /// How many times all sessions were ended.
        public var logouts = 0

        public init(_ id: String, email: String, firstName: String? = nil) {
            self.id = id
            self.email = email
            self.firstName = firstName
        }
    }

    /// A fault of one of the next calls.
    public enum Fault: Sendable, Hashable {
        case status(Int, body: String)
        case failure(HTTPFailure)
        /// The access token of the call is invalidated: 401.
        case forgetToken
        /// No response is sent.
        case hang
        /// The call is performed, and its response is lost.
        case loseAnswer
    }

    /// The handling of a call.
    enum Conduct: Sendable {
        case answer(HTTPResponse)
        case fail(HTTPFailure)
        case hang
        case cut
    }

    public struct State: Sendable {
        public var users: [User] = []
        /// Path prefix: empty, or `/auth` as before Keycloak 17.
        public var prefix = ""
        public var realm = "westside"
        public var clientID = "posthaste"
        public var clientSecret = "s3cret"
        public var mayManageUsers = true
        public var passwordPolicy: String?
        public var minimumLength = 0
        /// False for an old server, which ignores `exact=true`.
        public var knowsExact = true
        public var tokenLife = 60
        public var faults: [Fault] = []
        /// Only calls whose path ends with this text get the ``faults``.
        public var faultsMeet = ""
        /// The method and path of every call, without queries.
        public var calls: [String] = []
        var tokens: [String: Timestamp] = [:]
        var minted = 0
    }

    public let state: Mutex<State>
    private let clock: Clock
    private let parse: @Sendable ([UInt8]) throws -> JSON

    public init(_ state: State, clock: @escaping Clock, parse: @escaping @Sendable ([UInt8]) throws -> JSON) {
        self.state = Mutex(state)
        self.clock = clock
        self.parse = parse
    }

    public func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let now = clock()
        switch meet(request, now) {
        case .answer(let response): return response
        case .fail(let failure): throw failure
        case .hang: throw HTTPFailure(stage: .answering, reason: .timedOut, detail: "no answer within 10 s")
        case .cut: throw HTTPFailure(stage: .answering, reason: .disconnected, detail: "the connection was closed")
        }
    }

    func meet(_ request: HTTPRequest, _ now: Timestamp) -> Conduct {
        // A body that is not JSON is refused where JSON is required.
        let body = try? parse(request.body)
        return state.withLock { $0.answer(request, body, now) }
    }
}

extension StandInKeycloak.State {
    public init(users: [StandInKeycloak.User]) {
        self.users = users
    }

    fileprivate mutating func answer(
        _ request: HTTPRequest,
        _ body: JSON?,
        _ now: Timestamp
    ) -> StandInKeycloak.Conduct {
        let path = String(request.url.target.prefix { $0 != "?" })
        calls.append("\(request.method.rawValue) \(path)")
        if !faults.isEmpty, path.hasSuffix(faultsMeet) {
            switch faults.removeFirst() {
            case .status(let status, let body): return .answer(HTTPResponse(status: status, body: Array(body.utf8)))
            case .failure(let failure): return .fail(failure)
            case .forgetToken: tokens = [:]
            case .hang: return .hang
            case .loseAnswer:
                _ = route(request, path, body, now)
                return .cut
            }
        }
        return .answer(route(request, path, body, now))
    }

    private mutating func route(
        _ request: HTTPRequest,
        _ path: String,
        _ body: JSON?,
        _ now: Timestamp
    ) -> HTTPResponse {
        let open = "\(prefix)/realms/\(realm)"
        let admin = "\(prefix)/admin/realms/\(realm)"
        if path == "\(open)/.well-known/openid-configuration" {
            let token = "\(request.url.origin)\(open)/protocol/openid-connect/token"
            return Self.json(200, ["token_endpoint": .string(token)])
        }
        if path == "\(open)/protocol/openid-connect/token" { return token(request, now) }
        guard path.hasPrefix("\(prefix)/admin/realms/") else {
            return Self.json(404, ["error": "Unable to find matching target"])
        }
        guard isKnown(request, now) else { return Self.json(401, ["error": "HTTP 401 Unauthorized"]) }
        guard path == admin || path.hasPrefix("\(admin)/") else { return Self.json(404, ["error": "Realm not found."]) }
        guard mayManageUsers else { return Self.json(403, ["error": "HTTP 403 Forbidden"]) }
        let rest = path.dropFirst(admin.count).split(separator: "/").map(String.init)
        switch (request.method, rest.count) {
        case (.get, 0): return realmSettings
        case (.get, 1) where rest[0] == "users": return find(request)
        case (.put, 3) where rest[2] == "reset-password": return setPassword(rest[1], request, body)
        case (.post, 3) where rest[2] == "logout": return logOut(rest[1])
        default: return Self.json(405, ["error": "HTTP 405 Method Not Allowed"])
        }
    }

    private mutating func token(_ request: HTTPRequest, _ now: Timestamp) -> HTTPResponse {
        let form = Self.form(String(decoding: request.body, as: UTF8.self))
        guard request.method == .post,
            request.headers.contains(HTTPHeader("Content-Type", "application/x-www-form-urlencoded")),
            form["grant_type"] == "client_credentials"
        else {
            return Self.json(
                400,
                ["error": "invalid_request", "error_description": "Missing form parameter: grant_type"]
            )
        }
        guard form["client_id"] == clientID, form["client_secret"] == clientSecret else {
            return Self.json(
                401,
                ["error": "unauthorized_client", "error_description": "Invalid client or Invalid client credentials"]
            )
        }
        minted += 1
        tokens["access-\(minted)"] = now + .seconds(tokenLife)
        return Self.json(
            200,
            ["access_token": .string("access-\(minted)"), "expires_in": .integer(tokenLife), "token_type": "Bearer"]
        )
    }

    private func isKnown(_ request: HTTPRequest, _ now: Timestamp) -> Bool {
        let value = request.header("Authorization") ?? ""
        guard value.hasPrefix("Bearer "), let end = tokens[String(value.dropFirst(7))] else { return false }
        return end > now
    }

    private func find(_ request: HTTPRequest) -> HTTPResponse {
        let query = Self.form(String(request.url.target.split(separator: "?").dropFirst().joined()))
        let wanted = (query["email"] ?? "").lowercased()
        let isExact = knowsExact && query["exact"] == "true"
        let found = users.filter { isExact ? $0.email.lowercased() == wanted : $0.email.lowercased().contains(wanted) }
        let limit = query["max"].flatMap { Int($0) } ?? 100
        return Self.json(200, .array(found.prefix(limit).map(\.json)))
    }

    private mutating func setPassword(_ id: String, _ request: HTTPRequest, _ body: JSON?) -> HTTPResponse {
        guard let index = users.firstIndex(where: { $0.id == id }) else {
            return Self.json(404, ["error": "User not found"])
        }
        guard request.headers.contains(HTTPHeader("Content-Type", "application/json")), let body else {
            return Self.json(415, ["error": "HTTP 415 Unsupported Media Type"])
        }
        guard let password = body["value"]?.string, !password.allSatisfy(\.isWhitespace) else {
            return Self.json(400, ["error": "Empty password not allowed"])
        }
        guard body["type"] == "password", body["temporary"] == false else {
            return Self.json(400, ["error": "the stand-in wants a password that is not temporary"])
        }
        if password.unicodeScalars.count < minimumLength {
            return Self.json(
                400,
                [
                    "error": "invalidPasswordMinLengthMessage",
                    "error_description": .string("Invalid password: minimum length \(minimumLength)."),
                ]
            )
        }
        if users[index].passwordHistory.contains(password) {
            return Self.json(
                400,
                [
                    "error": "invalidPasswordHistoryMessage",
                    "error_description": "Invalid password: must not be equal to any of last 3 passwords.",
                ]
            )
        }
        users[index].password = password
        users[index].passwordHistory.append(password)
        return HTTPResponse(status: 204)
    }

    private mutating func logOut(_ id: String) -> HTTPResponse {
        guard let index = users.firstIndex(where: { $0.id == id }) else {
            return Self.json(404, ["error": "User not found"])
        }
        users[index].logouts += 1
        return HTTPResponse(status: 204)
    }

    private var realmSettings: HTTPResponse {
        var settings = JSONObject([("realm", .string(realm))])
        settings["passwordPolicy"] = passwordPolicy.map(JSON.string)
        return Self.json(200, .object(settings))
    }

    private static func form(_ text: String) -> [String: String] {
        var items: [String: String] = [:]
        for item in text.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            items[String(pair[0])] = PercentEncoding.decode(pair[1], plusIsBlank: true)
        }
        return items
    }

    private static func json(_ status: Int, _ body: JSON) -> HTTPResponse {
        HTTPResponse(status: status, headers: [HTTPHeader("Content-Type", "application/json")], body: body.encoded())
    }
}

extension StandInKeycloak.User {
    fileprivate var json: JSON {
        var user = JSONObject([
            ("id", .string(id)), ("username", .string(email)), ("email", .string(email)), ("enabled", .bool(isEnabled)),
        ])
        user["firstName"] = firstName.map(JSON.string)
        if isServiceAccount { user["serviceAccountClientId"] = "some-client" }
        return .object(user)
    }
}
