// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Boundary
internal import HTTPTypes
internal import Hummingbird
internal import Submission

/// Admits a request, reads its body, calls the handler, and turns every refusal into a problem document.
struct EndpointResponder: HTTPResponder {
    static let routine: Set<String> = ["/healthz", "/readyz", "/readyz/accept", "/metrics"]

    /// Larger bodies take milliseconds or seconds to parse.
    static let longWorkFrom = 256 * 1024

    private let endpoint: Endpoint
    private let front: RequestPipeline
    private let pace: Pace
    private let parameterNames: [String]
    private let isRoutine: Bool

    init(_ endpoint: Endpoint, _ front: RequestPipeline, _ pace: Pace) {
        self.endpoint = endpoint
        self.front = front
        self.pace = pace
        parameterNames = endpoint.parameterNames
        isRoutine = Self.routine.contains(endpoint.path)
    }

    /// Throws only when the connection is broken or the input is invalid HTTP.
    func respond(to request: Request, context: HTTPContext) async throws -> Response {
        var exchange = Exchange(
            id: front.ids.id(request.headers),
            route: endpoint.path,
            method: request.method.rawValue,
            begun: .now,
            isRoutine: isRoutine
        )
        do {
            var reply = try await reply(to: request, context, &exchange)
            endpoint.frame?.finish(request.headers, &reply)
            return front.finish(reply, exchange, cause: nil)
        } catch let refusal as Refusal {
            // Every internal error is logged with its problem name, whatever refused the call.
            let name = refusal.problem.status >= 500 ? refusal.problem.name : nil
            var reply = Reply(refusal)
            endpoint.frame?.finish(request.headers, &reply)
            return front.finish(reply, exchange, cause: refusal.cause ?? name)
        }
    }

    private func reply(
        to request: Request,
        _ context: HTTPContext,
        _ exchange: inout Exchange
    ) async throws -> Reply {
        // The router treats `//metrics` and `/metrics/` as `/metrics`; a proxy that guards only `/metrics` does not.
        guard Self.isPlain(request.uri.path) else { throw Refusal(.notFound) }
        try endpoint.frame?.admit()
        let principal = try await admit(request, context)
        exchange.keyID = principal.keyID
        let parameters = try parameters(context)
        try endpoint.check?(Dictionary(parameters.map { ($0.name, $0.value) }) { $1 })
        var charge = 0
        defer { front.bodies.releaseReservation(charge) }
        let body = try await body(of: request, charge: &charge)
        var call = Call(
            principal: principal,
            path: request.uri.path,
            query: request.uri.query,
            fields: request.headers,
            authority: request.head.authority,
            body: body,
            requestID: exchange.id,
            client: knowsClient ? front.addresses.client(context.peer, request.headers) : nil,
            parameters: parameters
        )
        if endpoint.access == .page { call.isFromOwnMachine = isFromOwnMachine(request, context) }
        guard body.count > Self.longWorkFrom else { return try await endpoint.answer(call) }
        // Parsing and checking a large body must not delay other requests.
        return try await withTaskExecutorPreference(LongWork.shared) { try await answer(call) }
    }

    private var knowsClient: Bool { endpoint.access == .open || endpoint.access == .page }

    private func isFromOwnMachine(_ request: Request, _ context: HTTPContext) -> Bool {
        ClientAddresses.isLocal(context.peer, request.headers) && front.isOwnHost(request.head.authority)
    }

    @concurrent private func answer(_ call: Call) async throws -> Reply { try await endpoint.answer(call) }

    private func admit(_ request: Request, _ context: HTTPContext) async throws(Refusal) -> Principal {
        let fields = request.headers
        switch endpoint.access {
        case .open, .page: return .anonymous
        case .key(let scope): return try await principal(fields, scope)
        case .local, .localPage:
            if fields.contains(.forwardedFor) { _ = front.addresses.client(context.peer, fields) }
            guard ClientAddresses.isLocal(context.peer, fields) else { return try await principal(fields, .read) }
            if endpoint.access == .localPage, !front.isOwnHost(request.head.authority) {
                if fields.contains(.authorization) { return try await principal(fields, .read) }
                throw Refusal(.foreignHost)
            }
            return .localReader
        }
    }

    private func principal(_ fields: HTTPFields, _ scope: APIKey.Scope) async throws(Refusal) -> Principal {
        guard let secret = Self.bearer(fields[.authorization]) else { throw Self.challenge(.notAuthenticated, nil) }
        let known = try await translating(Refusal.init) { () async throws(StoreError) in
            try await front.authenticate(secret)
        }
        guard let known else { throw Self.challenge(.wrongKey, "invalid_token") }
        guard known.scopes.contains(scope) else { throw Refusal(.missingScope(scope)) }
        return known
    }

    private static func isPlain(_ path: String) -> Bool {
        path == "/" || !path.hasSuffix("/") && !path.contains("//")
    }

    /// The credentials of scheme `Bearer` (RFC 6750 section 2.1).
    static func bearer(_ authorization: String?) -> String? {
        guard let authorization, authorization.utf8.count > 7, authorization.utf8.count < 512,
            authorization.prefix(7).lowercased() == "bearer "
        else { return nil }
        return authorization.dropFirst(7).drop { $0 == " " }.description
    }

    private static func challenge(_ problem: Problem, _ error: String?) -> Refusal {
        var refusal = Refusal(problem)
        refusal.fields[.wwwAuthenticate] = "Bearer realm=\"posthaste\"" + (error.map { ", error=\"\($0)\"" } ?? "")
        return refusal
    }

    private func parameters(_ context: HTTPContext) throws(Refusal) -> [(name: String, value: String)] {
        var parameters: [(name: String, value: String)] = []
        for name in parameterNames {
            guard let value = PercentEncoding.decode(context.parameters[name[...]] ?? "") else {
                throw Refusal(.badPath("The path is not percent-encoded UTF-8."))
            }
            parameters.append((name, value))
        }
        return parameters
    }

    private func body(of request: Request, charge: inout Int) async throws -> [UInt8] {
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        if let declared, declared > BodyReader.limit { throw Self.closing(.bodyTooLarge) }
        let limit: Int
        switch endpoint.body {
        case .none: return []
        case .json(let size):
            limit = size
            if let declared, declared > limit { throw Self.closing(.bodyTooLarge(limit: limit)) }
            guard Self.isType("application/json", request) else { throw Refusal(.wrongMediaType) }
        case .form(let size):
            limit = size
            if let declared, declared > limit { throw Self.closing(.bodyTooLarge(limit: limit)) }
            guard Self.isType(Call.formType, request) else { throw Refusal(.noForm) }
        case .any(let size):
            limit = size
            if let declared, declared > limit { throw Self.closing(.bodyTooLarge(limit: limit)) }
        }
        let outcome = try await front.bodies.read(
            request.body,
            declared: declared,
            limit: limit,
            pace: pace,
            charge: &charge
        )
        switch outcome {
        case .complete(let bytes): return bytes
        case .tooLarge: throw Self.closing(.bodyTooLarge(limit: limit))
        case .tooSlow: throw Self.closing(.tooSlow)
        case .busy: throw Refusal(.busy)
        }
    }

    /// A refusal that also closes the connection.
    static func closing(_ problem: Problem) -> Refusal {
        var refusal = Refusal(problem)
        refusal.fields[.connection] = "close"
        return refusal
    }

    private static func isType(_ wanted: String, _ request: Request) -> Bool {
        guard let contentType = request.headers[.contentType] else { return false }
        if contentType == wanted { return true }
        let type = contentType.prefix { $0 != ";" }.lowercased()
        return type.drop { $0 == " " }.prefix { $0 != " " } == wanted
    }
}
