// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import Server

/// Servers that stop while browsers hold connections open: a trap would end the test process.
@Suite(.timeLimit(.minutes(5))) struct StoppingServerTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let group = MultiThreadedEventLoopGroup.singleton

    private static func connect(_ port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: group).connect(host: "127.0.0.1", port: port).get()
    }

    private static func get(_ port: Int, _ path: String) async throws -> String {
        try await RawClient.exchange(port, "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    }

    /// Runs the listener, and `browse` with its port; returns the answer that ended the wait.
    private static func answer(_ browse: @Sendable @escaping (Int) async throws -> Void) async throws -> String? {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let listener = RedirectListener(port: 0, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                var iterator = ports.makeAsyncIterator()
                try await browse(await iterator.next() ?? 0)
            }
            let answer = try await listener.answer(where: { $0.hasSuffix("state=good") }) { listening.yield($0) }
            try await tasks.waitForAll()
            return answer
        }
    }

    @Test func connectionThatIsDroppedUnservedIsClosed() async throws {
        let peer = try await ServerBootstrap(group: Self.group).bind(host: "127.0.0.1", port: 0).get()
        let channel = try await Self.connect(peer.localAddress?.port ?? 0)
        let connections = AcceptedConnections(HTTP1Channel { _, _, _ in }, certificate: nil)
        _ = try await channel.eventLoop.flatSubmit { connections.setup(channel: channel, logger: Self.logger) }.get()
        try await channel.closeFuture.get()
        try await peer.close()
    }

    @Test func onlyTheAwaitedAnswerEndsTheWait() async throws {
        let answer = try await Self.answer { port in
            let spare = try await Self.connect(port)
            let half = try await Self.connect(port)
            try await half.writeAndFlush(ByteBuffer(string: "GET /?code=x&sta"))
            for query in ["code=x&state=no", "error=access_denied&state=no", "error=access_denied", "code=x"] {
                let page = try await Self.get(port, "/?\(query)")
                #expect(page.hasPrefix("HTTP/1.1 400 ") && page.contains("still waits"), "\(query)")
            }
            #expect(try await Self.get(port, "/favicon.ico").hasPrefix("HTTP/1.1 404 "))
            let page = try await Self.get(port, "/?code=x&state=good")
            #expect(page.hasPrefix("HTTP/1.1 200 ") && page.contains("Go back to the terminal"))
            try await spare.closeFuture.get()
            try await half.closeFuture.get()
        }
        #expect(answer == "code=x&state=good")
    }

    @Test func connectionsThatArriveWhileTheListenerEndsAreClosed() async throws {
        for _ in 0..<20 {
            let answer = try await Self.answer { port in
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { _ = try await Self.get(port, "/?error=x&state=good") }
                    for _ in 0..<8 {
                        tasks.addTask {
                            // The listener may have closed by now.
                            guard let spare = try? await Self.connect(port) else { return }
                            try await spare.closeFuture.get()
                        }
                    }
                    try await tasks.waitForAll()
                }
            }
            #expect(answer == "error=x&state=good")
        }
    }

    @Test func connectionsThatArriveWhileAServerEndsAreClosed() async throws {
        for _ in 0..<10 {
            let spares = try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { _, port in
                try await withThrowingTaskGroup(of: (any Channel)?.self) { tasks in
                    for _ in 0..<8 { tasks.addTask { try? await Self.connect(port) } }
                    // The others arrive while the server stops.
                    return try await tasks.next()
                }
            }
            try await spares??.closeFuture.get()
        }
    }
}
