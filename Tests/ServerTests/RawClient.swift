// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix
import Server

/// Speaks to a server byte by byte, as a hostile client does.
enum RawClient {
    /// Runs `work` with the port of a server that listens on loopback.
    static func serve<Value: Sendable>(
        _ make: (@escaping @Sendable (Int) async -> Void) -> GatewayUnderTest,
        _ work: @Sendable (GatewayUnderTest, Int) async throws -> Value
    ) async throws -> Value {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let gateway = make { port in listening.yield(port) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await gateway.server.run() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            defer { group.cancelAll() }
            return try await work(gateway, port)
        }
    }

    /// Sends `text`, and `rest` once `mark` has arrived; returns all bytes until the server closes.
    static func exchange(_ port: Int, _ text: String, after mark: String, _ rest: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var (answer, isSent) = (ByteBuffer(), false)
            for try await var chunk in inbound {
                answer.writeBuffer(&chunk)
                guard !isSent, String(buffer: answer).contains(mark) else { continue }
                isSent = true
                try await outbound.write(ByteBuffer(string: rest))
            }
            return String(buffer: answer)
        }
    }

    /// Sends `parts` in order and returns all bytes until the server closes, or `mark` has arrived.
    static func exchange(_ port: Int, _ parts: [ByteBuffer], through mark: String? = nil) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            let sending = Task {
                // The server closes early while more bytes are on the way.
                for part in parts { guard (try? await outbound.write(part)) != nil else { return } }
            }
            defer { sending.cancel() }
            var answer = ByteBuffer()
            do {
                for try await var chunk in inbound {
                    answer.writeBuffer(&chunk)
                    if let mark, String(buffer: answer).contains(mark) { break }
                }
            } catch is IOError {
                // A reset ends the answer, as a close does.
            }
            return String(buffer: answer)
        }
    }

    static func exchange(_ port: Int, _ text: String, through mark: String? = nil) async throws -> String {
        try await exchange(port, [ByteBuffer(string: text)], through: mark)
    }
}
