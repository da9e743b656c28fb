// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// A network between clients and a server of the loopback that loses an answer when it is told to, and cuts the connection.
public final class LossyProxy: Sendable {
    private struct State {
        var marks: [[UInt8]] = []
        var sockets: [LoopbackSocket] = []
    }

    public let port: Int
    private let target: Int
    private let listener: LoopbackSocket
    private let state = Mutex(State())

    /// Passes everything on between its own port and `target`.
    public init(to target: Int) throws(LoopbackError) {
        self.target = target
        listener = try LoopbackSocket.listening()
        port = try listener.port()
        Thread.detachNewThread { [self, listener] in
            while let client = listener.accept() { join(client) }
        }
    }

    /// A server that is ready for the next transaction ends its answer so (PostgreSQL manual, section 55.7, ReadyForQuery).
    private static let idle: [UInt8] = [UInt8(ascii: "Z"), 0, 0, 0, 5, UInt8(ascii: "I")]

    /// The next answer that completes `marks`, which stand in the answers of one transaction in this order, does not arrive;
    /// its request did.
    public func loseAnswer(with marks: String...) {
        state.withLock { $0.marks = marks.map { Array($0.utf8) } }
    }

    /// True when the answer that was to be lost has been.
    public var hasLost: Bool { state.withLock(\.marks.isEmpty) }

    /// Takes no more clients, and cuts all connections.
    public func stop() {
        listener.shutDown()
        for socket in state.withLock(\.sockets) { socket.shutDown() }
    }

    private func join(_ client: LoopbackSocket) {
        // A server that is not there shows as a connection that is cut.
        guard let server = try? LoopbackSocket.connected(to: target) else { return client.shutDown() }
        state.withLock { $0.sockets += [client, server] }
        Thread.detachNewThread {
            while let request = client.receive() { server.send(request) }
            server.shutDown()
        }
        Thread.detachNewThread { [self] in
            var found = 0
            while let answer = server.receive(), !loses(answer, &found) { client.send(answer) }
            client.shutDown()
        }
    }

    /// `found` counts the marks that have come in the transaction so far.
    private func loses(_ answer: [UInt8], _ found: inout Int) -> Bool {
        state.withLock { state in
            guard !state.marks.isEmpty else { return false }
            var rest = answer[...]
            while found < state.marks.count, let place = rest.firstRange(of: state.marks[found]) {
                rest = rest[place.upperBound...]
                found += 1
            }
            guard found < state.marks.count else {
                state.marks = []
                return true
            }
            if answer.suffix(Self.idle.count).elementsEqual(Self.idle) { found = 0 }
            return false
        }
    }
}
