// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// An SMTP server on a free port of 127.0.0.1 that follows a script and keeps the received mail.
///
/// It refuses, hangs or closes the connection as the script says, and accepts everything otherwise. It supports no TLS.
public final class ScriptedSMTP: Sendable {
    /// An accepted message.
    public struct Mail: Sendable, Hashable {
        public var sender: String
        /// The accepted recipients.
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
    public init(_ script: SMTPScript = SMTPScript()) throws(TestingError) {
        state = Mutex(State(script: script))
        server = try LoopbackServer()
        server.serve { [self] socket, number in
            var conversation = SMTPConversation(self, socket, number: number)
            conversation.run()
        }
    }

    /// Closes all connections.
    public func stop() {
        server.stop()
        release()
    }

    /// Ends all current and future waits of ``SMTPScript/Action/hold``.
    public func release() {
        isReleased.withLock { $0 = true }
        released.withLock { released.broadcast() }
    }

    public var port: Int { server.port }

    public var mails: [Mail] { state.withLock(\.mails) }

    /// All command lines of all connections in order of arrival, without content.
    public var commands: [String] { state.withLock(\.commands) }

    /// The number of accepted connections.
    public var connections: Int { server.connectionCount }

    func waitForRelease() {
        released.withLock {
            while !isReleased.withLock({ $0 }) { released.wait() }
        }
    }
}
