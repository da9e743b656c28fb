// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// A real SMTP server on a free port of 127.0.0.1 that follows a script and keeps what it is sent.
///
/// It refuses, hangs or closes the connection wherever the script says so, and takes everything otherwise. It speaks no TLS.
public final class ScriptedSMTP: Sendable {
    /// A message that the server has taken.
    public struct Mail: Sendable, Hashable {
        public var sender: String
        /// The recipients that were taken.
        public var recipients: [String]
        /// With CRLF line ends and without dot-stuffing.
        public var content: [UInt8]
        public var isAuthenticated: Bool
        /// The number of the connection, from 1.
        public var connection: Int

        public var text: String { String(decoding: content, as: UTF8.self) }
    }

    struct State {
        var script: SMTPScript
        var mails: [Mail] = []
        var commands: [String] = []
    }

    let state: Mutex<State>
    private let released = NSCondition()
    private let isReleased = Mutex(false)
    private let server: LoopbackServer

    /// Starts to listen.
    public init(_ script: SMTPScript = SMTPScript()) throws(LoopbackError) {
        state = Mutex(State(script: script))
        server = try LoopbackServer()
        server.serve { [self] socket, number in
            var conversation = SMTPConversation(self, socket, number: number)
            conversation.run()
        }
    }

    /// Closes all connections; clients see them cut.
    public func stop() {
        server.stop()
        release()
    }

    /// Ends all waits of ``SMTPScript/Action/hold``, those to come too.
    public func release() {
        isReleased.withLock { $0 = true }
        released.withLock { released.broadcast() }
    }

    public var port: Int { server.port }

    public var mails: [Mail] { state.withLock(\.mails) }

    /// All command lines in the order of their arrival, over all connections; content is not among them.
    public var commands: [String] { state.withLock(\.commands) }

    /// How many connections have been made.
    public var connections: Int { server.connectionCount }

    func waitForRelease() {
        released.withLock {
            while !isReleased.withLock({ $0 }) { released.wait() }
        }
    }
}
