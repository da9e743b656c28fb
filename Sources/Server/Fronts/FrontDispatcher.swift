// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import Boundary
internal import HTTPTypes
internal import Hummingbird
internal import JSON
package import Submission

/// The fronts that are served, and their settings.
package struct FrontsSettings: Sendable, Hashable {
    /// The names of the fronts that are served.
    package var enabled: Set<String>
    /// By the name of the front.
    package var fronts: [String: FrontSettings]

    package init(enabled: Set<String>, fronts: [String: FrontSettings] = [:]) {
        self.enabled = enabled
        self.fronts = fronts
    }
}

/// Serves all fronts: finds the route of a call, authenticates it, reads its body and carries out its action.
///
/// Every refusal, its own included, has the shape of the front.
package struct FrontDispatcher: Sendable {
    /// Finds the key of a signed request: its permissions, and the secrets with which its calls may be signed.
    package typealias SignedKeys =
        @Sendable (_ keyID: String) async throws(StoreError) -> (principal: Principal, secrets: [Secret])?

    private let table: FrontTable
    private let settings: @Sendable () -> FrontsSettings
    private let signedKeys: SignedKeys
    /// Nil while the store has not been reached.
    private let desk: FrontDesk?
    private let clock: Clock

    /// `settings` may change while the server runs.
    package init(
        _ fronts: [any Front],
        settings: @escaping @Sendable () -> FrontsSettings,
        signedKeys: @escaping SignedKeys = { _ throws(StoreError) in nil },
        desk: FrontDesk?,
        clock: @escaping Clock
    ) {
        table = FrontTable(fronts)
        self.settings = settings
        self.signedKeys = signedKeys
        self.desk = desk
        self.clock = clock
    }

    func match(_ request: Request) -> FrontTable.Match {
        let enabled = settings().enabled
        return table.match(request.method, request.uri.path) { enabled.contains($0.name) }
    }

    /// Answers a call that concerns a front.
    ///
    /// Throws only when the connection is broken or the input is invalid HTTP.
    func respond(
        _ match: FrontTable.Match,
        to request: Request,
        context: HTTPContext,
        _ pipeline: RequestPipeline,
        _ pace: Pace
    ) async throws -> Response? {
        let (front, route, parameters): (any Front, FrontRoute?, [(name: String, value: String)])
        var refusal = Refusal(.notFound)
        switch match {
        case .none: return nil
        case .route(let found, let matched, let values): (front, route, parameters) = (found, matched, values)
        case .unknown(let found): (front, route, parameters) = (found, nil, [])
        case .wrongMethod(let found, let allowed):
            (front, route, parameters) = (found, nil, [])
            refusal = Refusal(.methodNotAllowed(allowed))
            refusal.fields[.allow] = allowed
        }
        var exchange = Exchange(
            id: pipeline.ids.id(request.headers),
            route: route.map { front.name + " " + $0.path } ?? front.name,
            method: NotFoundMiddleware.methods.contains(request.method) ? request.method.rawValue : "OTHER",
            begun: .now
        )
        let call = call(front, parameters, request, context, exchange.id, pipeline)
        do {
            guard let route else { throw refusal }
            let visit = Visit(front: front, route: route, pipeline: pipeline, pace: pace)
            let reply = try await reply(to: request, call, visit, &exchange)
            return pipeline.finish(reply, exchange, cause: nil)
        } catch let refusal as Refusal {
            let name = refusal.problem.status >= 500 ? refusal.problem.name : nil
            return pipeline.finish(Self.reply(refusal, front, call), exchange, cause: refusal.cause ?? name)
        }
    }

    /// A refusal in the front's shape, with the fields that every refusal has.
    static func reply(_ refusal: Refusal, _ front: any Front, _ call: FrontCall) -> Reply {
        var reply = front.refusal(refusal.problem, call)
        for field in refusal.fields where field.name != .wwwAuthenticate { reply.fields.append(field) }
        if let seconds = refusal.problem.retryAfter { reply.fields[.retryAfter] = String(seconds) }
        return reply
    }

    private func call(
        _ front: any Front,
        _ parameters: [(name: String, value: String)],
        _ request: Request,
        _ context: HTTPContext,
        _ id: String,
        _ pipeline: RequestPipeline
    ) -> FrontCall {
        let isTrusted = context.peer.map(pipeline.addresses.isTrusted) ?? false
        return FrontCall(
            method: request.method,
            path: request.uri.path,
            query: request.uri.query,
            fields: request.headers,
            authority: request.head.authority,
            forwardedHost: isTrusted ? request.headers[.forwardedHost] : nil,
            requestID: id,
            now: clock(),
            settings: settings().fronts[front.name] ?? FrontSettings(),
            parameters: parameters
        )
    }
}

extension FrontDispatcher {
    /// What stays the same while one call is answered.
    private struct Visit: Sendable {
        let front: any Front
        let route: FrontRoute
        let pipeline: RequestPipeline
        let pace: Pace
    }

    /// Who calls.
    private enum Caller {
        case key(Principal)
        case signed(Principal, [Secret], FrontSignature)
        case rehearsal
    }

    /// The most bytes of a body that comes without a key.
    private static let rehearsalLimit = 64 * 1024

    private func reply(
        to request: Request,
        _ call: FrontCall,
        _ visit: Visit,
        _ exchange: inout Exchange
    ) async throws -> Reply {
        guard let desk else { throw Refusal(WaitingAPI.refusal) }
        let caller = try await admit(call, visit)
        var call = call
        var isRehearsal = false
        switch caller {
        case .key(let principal), .signed(let principal, _, _):
            call.principal = principal
            exchange.keyID = principal.keyID
            (call.brands, call.defaultBrand) = desk.brands(of: principal)
        case .rehearsal: isRehearsal = true
        }
        var charge = 0
        defer { visit.pipeline.bodies.releaseReservation(charge) }
        let limit = isRehearsal ? Self.rehearsalLimit : BodyReader.limit
        if ![.get, .head, .delete].contains(visit.route.method) {
            call.body = try await body(of: request, limit: limit, visit, &charge)
        }
        if case .signed(_, let secrets, let signature) = caller { try signature.verify(call, secrets) }
        try inflate(&call, limit: limit, visit.pipeline.bodies, &charge)
        let task = FrontDesk.Task(front: visit.front, action: visit.route.action, isRehearsal: isRehearsal)
        guard call.body.count > EndpointResponder.longWorkFrom else { return try await desk.perform(task, call) }
        // Parsing and checking a large body must not delay other requests.
        let whole = call
        return try await withTaskExecutorPreference(LongWork.shared) { try await Self.perform(task, whole, desk) }
    }

    @concurrent private static func perform(
        _ task: FrontDesk.Task,
        _ call: FrontCall,
        _ desk: FrontDesk
    ) async throws(Refusal) -> Reply {
        try await desk.perform(task, call)
    }

    private func admit(_ call: FrontCall, _ visit: Visit) async throws(Refusal) -> Caller {
        let caller: Caller
        let principal: Principal
        switch try visit.front.credential(call) {
        case .rehearsal:
            // Without a key, nothing can be read.
            guard case .submit = visit.route.action else { throw Refusal(.wrongKey) }
            return .rehearsal
        case .secret(let secret):
            let known = try await translating(Refusal.init) { () async throws(StoreError) in
                try await visit.pipeline.authenticate(secret.exposed)
            }
            guard let known else { throw Refusal(.wrongKey) }
            (caller, principal) = (.key(known), known)
        case .signature(let signature):
            let known = try await translating(Refusal.init) { () async throws(StoreError) in
                try await signedKeys(signature.keyID)
            }
            guard let known else { throw Refusal(.wrongKey) }
            (caller, principal) = (.signed(known.principal, known.secrets, signature), known.principal)
        }
        if let scope = visit.route.scope, !principal.scopes.contains(scope) { throw Refusal(.missingScope(scope)) }
        return caller
    }

    private func body(
        of request: Request,
        limit: Int,
        _ visit: Visit,
        _ charge: inout Int
    ) async throws -> [UInt8] {
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        if let declared, declared > limit { throw EndpointResponder.closing(.bodyTooLarge(limit: limit)) }
        let outcome = try await visit.pipeline.bodies.read(
            request.body,
            declared: declared,
            limit: limit,
            pace: visit.pace,
            charge: &charge
        )
        switch outcome {
        case .complete(let bytes): return bytes
        case .tooLarge: throw EndpointResponder.closing(.bodyTooLarge(limit: limit))
        case .tooSlow: throw EndpointResponder.closing(.tooSlow)
        case .busy: throw Refusal(.busy)
        }
    }

    /// Decompresses the body in place (RFC 9110 section 8.4); the limit holds for the result.
    private func inflate(
        _ call: inout FrontCall,
        limit: Int,
        _ bodies: BodyReader,
        _ charge: inout Int
    ) throws(Refusal) {
        let coding = call.fields[.contentEncoding]?.lowercased() ?? "identity"
        guard coding != "identity", !coding.isEmpty, !call.body.isEmpty else { return }
        guard ["gzip", "x-gzip", "deflate"].contains(coding) else {
            var refusal = Refusal(.unknownContentCoding)
            refusal.fields[.acceptEncoding] = "gzip, deflate"
            throw refusal
        }
        // The result may need all of the limit; what it does not need is given back.
        guard bodies.reserve(limit, charge: &charge) else { throw Refusal(.busy) }
        do throws(Inflation.Failure) {
            call.body = try Inflation.inflate(call.body, limit: limit)
        } catch {
            throw Refusal(error == .tooLarge ? .bodyTooLarge(limit: limit) : .notCompressed)
        }
        bodies.releaseReservation(limit - call.body.count)
        charge -= limit - call.body.count
    }
}

/// Passes the calls of fronts to the dispatcher, before the routes of the gateway's own API.
struct FrontMiddleware: RouterMiddleware {
    typealias Context = HTTPContext

    let dispatcher: FrontDispatcher
    let pipeline: RequestPipeline
    let pace: Pace

    @concurrent func handle(
        _ request: Request,
        context: HTTPContext,
        next: @concurrent (Request, HTTPContext) async throws -> Response
    ) async throws -> Response {
        let match = dispatcher.match(request)
        let response = try await dispatcher.respond(match, to: request, context: context, pipeline, pace)
        if let response { return response }
        return try await next(request, context)
    }
}

extension HTTPField.Name {
    fileprivate static let forwardedHost = HTTPField.Name(constant: "X-Forwarded-Host")
}

extension Problem {
    static let unknownContentCoding = Problem(
        "unsupported-media-type",
        title: "Unsupported content coding",
        status: 415,
        detail: "A request body is sent as it is, or with `Content-Encoding: gzip` or `deflate`."
    )

    static let notCompressed = Problem(
        "bad-request",
        title: "Bad request",
        status: 400,
        detail: "`Content-Encoding` says that the body is compressed, but it is no complete gzip or zlib stream."
    )

    /// A call of a front without a key; `remedy` says where that API's clients send it.
    package static func missingKey(_ remedy: String) -> Problem {
        Problem(
            missingKeyName,
            title: "A key is needed",
            status: 401,
            detail: "\(remedy) A key is made by `posthaste keys create`."
        )
    }

    package static let missingKeyName = "missing-key"

    /// Every recipient of the message is on the suppression list, and the API refuses such a message.
    ///
    /// The detail of each fault is an address.
    package static func allSuppressed(_ addresses: [String]) -> Problem {
        Problem(
            allSuppressedName,
            title: "All recipients are suppressed",
            status: 422,
            detail: "No recipient of the message may be mailed: \(addresses.joined(separator: ", ")).",
            faults: addresses.map { Fault(.root, $0) }
        )
    }

    package static let allSuppressedName = "recipients-suppressed"
}
