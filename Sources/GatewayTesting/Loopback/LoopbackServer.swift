// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// Listens on a free port of 127.0.0.1, with one thread per client, until it is stopped.
final class LoopbackServer: Sendable {
    private struct Connections {
        var open: [Int: LoopbackSocket] = [:]
        var count = 0
        var isStopped = false
    }

    let port: Int
    private let listener: LoopbackSocket
    private let connections = Mutex(Connections())

    /// Opens the port; clients wait until ``serve(_:)``.
    init() throws(TestingError) {
        listener = try LoopbackSocket.listening()
        port = try listener.port()
    }

    /// `http://127.0.0.1:PORT`.
    var origin: String { "http://127.0.0.1:\(port)" }

    /// The number of accepted connections.
    var connectionCount: Int { connections.withLock(\.count) }

    /// The number of connections that the server has not closed.
    var openConnectionCount: Int { connections.withLock(\.open.count) }

    /// Starts to accept clients; `converse` handles one connection, with its number from 1, which ends when it returns.
    func serve(_ converse: @escaping @Sendable (_ client: LoopbackSocket, _ number: Int) -> Void) {
        Thread.detachNewThread { [self] in
            while let client = listener.accept() { take(client, converse) }
        }
    }

    /// Stops accepting clients, and closes the existing connections.
    func stop() {
        let clients = connections.withLock { connections in
            connections.isStopped = true
            return Array(connections.open.values)
        }
        listener.shutDown()
        for client in clients { client.shutDown() }
    }

    private func take(_ client: LoopbackSocket, _ converse: @escaping @Sendable (LoopbackSocket, Int) -> Void) {
        let number = connections.withLock { connections -> Int? in
            guard !connections.isStopped else { return nil }
            connections.count += 1
            connections.open[connections.count] = client
            return connections.count
        }
        guard let number else { return }
        Thread.detachNewThread { [self] in
            converse(client, number)
            client.shutDown()
            connections.withLock { $0.open[number] = nil }
        }
    }
}
