// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
package import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
package import ServerTLS
internal import ServiceLifecycle
package import Submission

/// Serves a list of endpoints on one address.
package struct HTTPServer: Service {
    package struct Settings: Sendable {
        package var host: String
        /// 0 selects a free port.
        package var port: Int
        package var maximumConnections = 4096
        /// The limit for one address, or one /64 of IPv6, that is neither loopback nor a trusted proxy.
        package var connectionsPerClient = 512
        /// The time limit for a connection without a request, and for a request head.
        package var idleTimeout = Duration.seconds(30)
        /// With a certificate the server speaks HTTPS.
        package var certificate: LiveCertificate?
        /// The minimum pace of a request body.
        package var pace = Pace()

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// The application, for tests without a socket.
    package let application: Application<RouterResponder<HTTPContext>>

    /// `fronts` gets each request first; `otherwise` is the response where no endpoint matches; `onListening` gets the port
    /// once the server listens.
    package init(
        _ endpoints: [Endpoint],
        fronts: FrontDispatcher? = nil,
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
        // The guard must close an idle connection first, because it can tell a slow head from silence.
        let seconds = settings.idleTimeout.components.seconds + 5
        application = Application(
            responder: Self.router(endpoints, fronts, front, settings.pace, otherwise).buildResponder(),
            server: .stoppable(
                HTTP1Channel.Configuration(
                    additionalChannelHandlers: [ConnectionGuard(connections, times, front)],
                    idleTimeout: .seconds(seconds),
                    httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                        maxHeaderFieldSize: 16 * 1024,
                        maxHeaderListSize: 32 * 1024,
                        maxHeaderFieldCount: 100
                    )
                ),
                certificate: settings.certificate
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port),
                backlog: 1024
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? settings.port) },
            logger: logger
        )
    }

    /// Serves until shutdown, then finishes the requests in progress.
    package func run() async throws {
        try await application.run()
    }

    private static func router(
        _ endpoints: [Endpoint],
        _ fronts: FrontDispatcher?,
        _ front: RequestPipeline,
        _ pace: Pace,
        _ otherwise: Problem
    ) -> Router<HTTPContext> {
        let router = Router(context: HTTPContext.self)
        // Before the routes, so that it comes before them.
        if let fronts { router.add(middleware: FrontMiddleware(dispatcher: fronts, pipeline: front, pace: pace)) }
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

/// Responds to requests that no endpoint handles.
///
/// It is added after the routes, so that it precedes only the router's own 404.
struct NotFoundMiddleware: RouterMiddleware {
    typealias Context = HTTPContext

    /// The methods with routes on every path; a 405 lists those that a path accepts.
    static let methods: [HTTPTypes.HTTPRequest.Method] = [
        .get, .head, .post, .put, .delete, .patch, .options, .trace, .connect,
    ]

    let front: RequestPipeline
    /// The response to a known method.
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
