// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// Listens on a free port of 127.0.0.1, and gives each client a thread of its own until it is stopped.
final class LoopbackServer: Sendable {
    private struct Connections {
        var open: [Int: LoopbackSocket] = [:]
        var count = 0
        var isStopped = false
    }

    let port: Int
    private let listener: LoopbackSocket
    private let connections = Mutex(Connections())

    /// Opens the port; clients wait there until ``serve(_:)``.
    init() throws(LoopbackError) {
        listener = try LoopbackSocket.listening()
        port = try listener.port()
    }

    /// `http://127.0.0.1:PORT`.
    var origin: String { "http://127.0.0.1:\(port)" }

    /// How many connections have been made.
    var connectionCount: Int { connections.withLock(\.count) }

    /// How many of them the server has not cut yet.
    var openConnectionCount: Int { connections.withLock(\.open.count) }

    /// Starts to take clients: `converse` has one to itself, with the number of its connection from 1, and cuts it by returning.
    func serve(_ converse: @escaping @Sendable (_ client: LoopbackSocket, _ number: Int) -> Void) {
        Thread.detachNewThread { [self] in
            while let client = listener.accept() { take(client, converse) }
        }
    }

    /// Takes no more clients, and cuts those that are there.
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
