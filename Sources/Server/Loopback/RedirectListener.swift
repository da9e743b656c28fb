// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import ServiceLifecycle

/// Listens on this machine for the redirect of a browser after a sign-in (RFC 8252 section 7.3).
package struct RedirectListener: Sendable {
    /// How long an open connection may delay the shutdown.
    private static let grace = Duration.seconds(2)

    private let port: Int
    private let logger: Logger

    /// 0 selects a free port.
    package init(port: Int, logger: Logger) {
        self.port = port
        self.logger = logger
    }

    /// Listens until a browser comes with the answer that `isAnswer` accepts, and returns the query of its address.
    ///
    /// Any page that is open on this machine can send a request here. A query with a `code` or an `error` that `isAnswer`
    /// does not accept gets a page that says so, and the wait goes on (RFC 6749 section 10.12). `onListening` receives the
    /// port before the first request is read. All connections are closed when this returns. The result is nil when the task
    /// is cancelled.
    package func answer(
        where isAnswer: @escaping @Sendable (String) -> Bool,
        onListening: @escaping @Sendable (Int) async -> Void
    ) async throws -> String? {
        let (queries, found) = AsyncStream.makeStream(of: String.self)
        let application = Application(
            responder: RedirectResponder(isAnswer: isAnswer, found: found),
            server: .stoppable(),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.grace
        let services = ServiceGroup(configuration: configuration)
        return try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                try await services.run()
                return nil
            }
            group.addTask {
                let query = await queries.first { _ in true }
                await services.triggerGracefulShutdown()
                return query
            }
            defer { group.cancelAll() }
            let query = try await group.next() ?? nil
            // The listener stops: its last requests are answered, or cancelled after the grace period.
            if query != nil { _ = await group.nextResult() }
            return query
        }
    }
}

/// Responds to each request, and passes on the query that answers the sign-in.
private struct RedirectResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let isAnswer: @Sendable (String) -> Bool
    let found: AsyncStream<String>.Continuation

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let query = request.uri.query ?? ""
        let names = query.split(separator: "&").map { $0.prefix { $0 != "=" } }
        // A browser also requests the site's icon.
        guard names.contains("code") || names.contains("error") else {
            return Response(status: .notFound, headers: Self.fields(type: "text/plain"))
        }
        let isAnswer = isAnswer(query)
        let page = ByteBuffer(string: isAnswer ? RedirectPage.thanks : RedirectPage.foreign)
        let body = ResponseBody(contentLength: page.readableBytes) { [found] writer in
            try await writer.write(page)
            try await writer.finish(nil)
            // Yields after the page was written, so that the listener does not stop earlier.
            if isAnswer { found.yield(query) }
        }
        let type = "text/html; charset=utf-8"
        return Response(status: isAnswer ? .ok : .badRequest, headers: Self.fields(type: type), body: body)
    }

    private static func fields(type: String) -> HTTPFields {
        var fields = HTTPFields()
        fields[.contentType] = type
        fields[.cacheControl] = "no-store"
        fields[.referrerPolicy] = "no-referrer"
        fields[.connection] = "close"
        return fields
    }
}
