// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
package import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import ServiceLifecycle
package import Submission

/// Answers a list of endpoints on one address.
package struct HTTPServer: Service {
    package struct Settings: Sendable {
        package var host: String
        /// 0 takes any free port.
        package var port: Int
        package var maximumConnections = 4096
        /// For one address, or one /64 of IPv6, that is neither loopback nor a trusted proxy.
        package var connectionsPerClient = 512
        /// A connection without a request is closed after so long, and a head has so much time.
        package var idleTimeout = Duration.seconds(30)
        /// How slowly a body may come.
        package var pace = Pace()

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// The application, for tests that need no socket.
    package let application: Application<RouterResponder<HTTPContext>>

    /// `otherwise` is the answer where no endpoint is; `onListening` is told the port once the server listens.
    package init(
        _ endpoints: [Endpoint],
        front: RequestPipeline,
        settings: Settings,
        otherwise: Problem = .notFound,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        var limits = ConnectionLedger.Limits()
        (limits.places, limits.perClient) = (settings.maximumConnections, settings.connectionsPerClient)
        let connections = Connections(limits, front)
        let times = ConnectionGuard.Times(pace: settings.pace, idle: settings.idleTimeout)
        // The guard is first to close an idle connection: it knows a slow head from silence.
        let seconds = settings.idleTimeout.components.seconds + 5
        application = Application(
            responder: Self.router(endpoints, front, settings.pace, otherwise).buildResponder(),
            server: .stoppable(
                HTTP1Channel.Configuration(
                    additionalChannelHandlers: [ConnectionGuard(connections, times, front)],
                    idleTimeout: .seconds(seconds),
                    httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                        maxHeaderFieldSize: 16 * 1024,
                        maxHeaderListSize: 32 * 1024,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                backlog: 1024
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? settings.port) },
            logger: logger
        )
    }

    /// Serves until it is told to stop, then finishes what is under way.
    package func run() async throws {
        try await application.run()
    }

    private static func router(
        _ endpoints: [Endpoint],
        _ front: RequestPipeline,
        _ pace: Pace,
        _ otherwise: Problem
    ) -> Router<HTTPContext> {
        let router = Router(context: HTTPContext.self)
        for (path, endpoints) in Dictionary(grouping: endpoints, by: \.path) {
            var taken: [HTTPTypes.HTTPRequest.Method] = []
            for endpoint in endpoints {
                let responder = EndpointResponder(endpoint, front, pace)
                for method in endpoint.method == .get ? [.get, .head] : [endpoint.method] {
                    router.on(RouterPath(path), method: method, responder: responder)
                    taken.append(method)
                }
            }
            let refusal = Self.methodNotAllowed(path, taken)
            for method in NotFoundMiddleware.methods where !taken.contains(method) {
                let frame = endpoints.lazy.compactMap(\.frame).first
                let endpoint = Endpoint(method, path, access: .open, frame: frame) { _ throws(Refusal) in throw refusal
                }
                router.on(RouterPath(path), method: method, responder: EndpointResponder(endpoint, front, pace))
            }
        }
        router.add(middleware: NotFoundMiddleware(front: front, otherwise: otherwise))
        return router
    }

    private static func methodNotAllowed(_ path: String, _ taken: [HTTPTypes.HTTPRequest.Method]) -> Refusal {
        let allowed = taken.map(\.rawValue).sorted().joined(separator: ", ")
        var refusal = Refusal(.methodNotAllowed(allowed))
        refusal.fields[.allow] = allowed
        return refusal
    }
}

/// Answers what no endpoint answers.
///
/// It is added behind the routes, so that it stands before the router's own 404 alone.
struct NotFoundMiddleware: RouterMiddleware {
    typealias Context = HTTPContext

    /// Methods that are told apart on every address; a 405 names those that an address takes.
    static let methods: [HTTPTypes.HTTPRequest.Method] = [
        .get, .head, .post, .put, .delete, .patch, .options, .trace, .connect,
    ]

    let front: RequestPipeline
    /// The answer to a method that is known.
    let otherwise: Problem

    @concurrent func handle(
        _ request: Request,
        context: HTTPContext,
        next: @concurrent (Request, HTTPContext) async throws -> Response
    ) async throws -> Response {
        let isKnown = Self.methods.contains(request.method)
        let method = isKnown ? request.method.rawValue : "OTHER"
        let exchange = Exchange(id: front.ids.id(request.headers), route: "none", method: method, begun: .now)
        var reply = Reply(isKnown ? otherwise : .unknownMethod)
        if !isKnown { reply.fields[.allow] = "DELETE, GET, HEAD, POST, PUT" }
        return front.finish(reply, exchange, cause: nil)
    }
}
