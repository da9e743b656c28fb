// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// A network between clients and a server of the loopback that loses an answer when it is told to, and cuts the connection.
public final class LossyProxy: Sendable {
    private let target: Int
    private let server: LoopbackServer
    private let marks = Mutex<[[UInt8]]>([])

    /// Passes everything on between its own port and `target`.
    public init(to target: Int) throws(LoopbackError) {
        self.target = target
        server = try LoopbackServer()
        server.serve { [self] client, _ in join(client) }
    }

    public var port: Int { server.port }

    /// A server that is ready for the next transaction ends its answer so (PostgreSQL manual, section 55.7, ReadyForQuery).
    private static let idle: [UInt8] = [UInt8(ascii: "Z"), 0, 0, 0, 5, UInt8(ascii: "I")]

    /// The next answer that completes `marks`, which stand in the answers of one transaction in this order, does not arrive;
    /// its request did.
    public func loseAnswer(with marks: String...) {
        self.marks.withLock { $0 = marks.map { Array($0.utf8) } }
    }

    /// True when the answer that was to be lost has been.
    public var hasLost: Bool { marks.withLock(\.isEmpty) }

    /// Takes no more clients, and cuts all connections.
    public func stop() {
        server.stop()
    }

    private func join(_ client: LoopbackSocket) {
        // A server that is not there shows as a connection that is cut.
        guard let upstream = try? LoopbackSocket.connected(to: target) else { return }
        Thread.detachNewThread {
            while let request = client.receive() { upstream.send(request) }
            upstream.shutDown()
        }
        var found = 0
        while let answer = upstream.receive(), !loses(answer, &found) { client.send(answer) }
    }

    /// `found` counts the marks that have come in the transaction so far.
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
