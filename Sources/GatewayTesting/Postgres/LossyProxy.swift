// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// A proxy to a loopback server that can drop a chosen response and close the connection.
public final class LossyProxy: Sendable {
    private let target: Int
    private let server: LoopbackServer
    private let marks = Mutex<[[UInt8]]>([])

    /// Forwards all bytes between its own port and `target`.
    public init(to target: Int) throws(TestingError) {
        self.target = target
        server = try LoopbackServer()
        server.serve { [self] client, _ in join(client) }
    }

    public var port: Int { server.port }

    /// The end of a response when the server is ready for the next transaction (PostgreSQL manual, section 55.7, ReadyForQuery).
    private static let idle: [UInt8] = [UInt8(ascii: "Z"), 0, 0, 0, 5, UInt8(ascii: "I")]

    /// Drops the next response that completes `marks`, which occur in this order in the responses of one transaction.
    ///
    /// The request has already reached the server.
    public func loseAnswer(with marks: String...) {
        self.marks.withLock { $0 = marks.map { Array($0.utf8) } }
    }

    /// True when the chosen response was dropped.
    public var hasLost: Bool { marks.withLock(\.isEmpty) }

    /// Stops accepting clients, and closes all connections.
    public func stop() {
        server.stop()
    }

    private func join(_ client: LoopbackSocket) {
        // A server that is not running appears as a closed connection.
        guard let upstream = try? LoopbackSocket.connected(to: target) else { return }
        Thread.detachNewThread {
            while let request = client.receive() { upstream.send(request) }
            upstream.shutDown()
        }
        var found = 0
        while let answer = upstream.receive(), !loses(answer, &found) { client.send(answer) }
    }

    /// `found` counts the marks received in the transaction so far.
    private func loses(_ answer: [UInt8], _ found: inout Int) -> Bool {
        marks.withLock { marks in
            guard !marks.isEmpty else { return false }
            var rest = answer[...]
            while found < marks.count, let place = rest.firstRange(of: marks[found]) {
                rest = rest[place.upperBound...]
                found += 1
            }
            guard found < marks.count else {
                marks = []
                return true
            }
            if answer.suffix(Self.idle.count).elementsEqual(Self.idle) { found = 0 }
            return false
        }
    }
}
