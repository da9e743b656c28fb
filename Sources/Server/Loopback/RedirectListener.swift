// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Hummingbird
package import Logging
internal import NIOCore

/// Waits on this machine for a browser that is sent back after a sign-in (RFC 8252 section 7.3).
package struct RedirectListener: Sendable {
    private static let page = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Posthaste</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>:root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;\
        padding:0 1rem}</style>
        <h1>Thank you</h1><p>Your answer has arrived. Go back to the terminal, which says whether it worked; this page \
        can be closed.</p></html>
        """

    private let port: Int
    private let logger: Logger

    /// 0 takes any free port.
    package init(port: Int, logger: Logger) {
        self.port = port
        self.logger = logger
    }

    /// Listens until the browser comes with a `code` or an `error`, and returns the query of its address.
    ///
    /// `onListening` is told the port. Ends with nil when the task is cancelled.
    package func answer(onListening: @escaping @Sendable (Int) async -> Void) async throws -> String? {
        let (queries, found) = AsyncStream.makeStream(of: String.self)
        let application = Application(
            responder: Responder(found: found),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        return try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask { await queries.first { _ in true } }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    private struct Responder: HTTPResponder {
        typealias Context = BasicRequestContext

        let found: AsyncStream<String>.Continuation

        func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
            let query = request.uri.query ?? ""
            let names = query.split(separator: "&").map { $0.prefix { $0 != "=" } }
            // A browser also asks for its icon.
            guard names.contains("code") || names.contains("error") else {
                return Response(status: .notFound, headers: Self.fields(type: "text/plain"))
            }
            let page = ByteBuffer(string: RedirectListener.page)
            let body = ResponseBody(contentLength: page.readableBytes) { [found] writer in
                try await writer.write(page)
                try await writer.finish(nil)
                // Only now: the listener stops at once, and the page should have left by then.
                found.yield(query)
            }
            return Response(status: .ok, headers: Self.fields(type: "text/html; charset=utf-8"), body: body)
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
}
