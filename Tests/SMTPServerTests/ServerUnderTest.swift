// SPDX-License-Identifier: Apache-2.0
import Basics
import Logging
import ServerTLS
import ServiceLifecycle
import Settings
import Submission
import Synchronization

@testable import SMTPServer

/// Keys and mail in memory: the password `good` logs in.
final class MemorySubmission: SMTPSubmission {
    struct State {
        var mails: [ReceivedMail] = []
        /// Mail that waits for ``release()``.
        var held: [CheckedContinuation<Void, Never>] = []
        var holds = false
        var reply: SMTPReply?
    }

    let state = Mutex(State())

    static let login = SMTPLogin(
        principal: Principal(keyID: "key_1", keyName: "app", brands: nil, from: nil, scopes: [.send]),
        user: nil
    )

    func logIn(_ credentials: SMTPCredentials) async -> SMTPLoginAnswer {
        credentials.password.exposed == "good" ? .accepted(Self.login) : .refused(.badLogin)
    }

    func logIn(asKey name: String) async -> SMTPLoginAnswer {
        name == "devices" ? .accepted(Self.login) : .unavailable(.keysUnavailable)
    }

    func refusal(of sender: SMTPSender, from login: SMTPLogin) async -> SMTPReply? { nil }

    func submit(_ mail: ReceivedMail) async -> SMTPReply {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.holds { state.held.append(continuation) }
                return state.holds
            }
            if !isHeld { continuation.resume() }
        }
        return state.withLock { state in
            if let reply = state.reply { return reply }
            state.mails.append(mail)
            return .queued("msg_\(state.mails.count)")
        }
    }

    /// Stores the mails that were held.
    func release() {
        let held = state.withLock { state in
            defer { (state.held, state.holds) = ([], false) }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    var mails: [ReceivedMail] { state.withLock { $0.mails } }
}

/// A server on a free port of loopback.
final class ServerUnderTest: Sendable {
    let submission = MemorySubmission()
    let connections: SMTPConnections
    let port: Int
    private let seen: ServerEvents
    private let group: ServiceGroup
    private let task: Task<Void, any Error>

    init(
        _ security: SMTPSecurity = .plain,
        certificate: LiveCertificate? = nil,
        change: (inout SMTPServerSettings) -> Void = { _ in }
    ) async throws {
        var settings = SMTPServerSettings(hostname: "mail.example.org")
        settings.limits.loginDelay = .milliseconds(1)
        change(&settings)
        connections = SMTPConnections(settings)
        let seen = ServerEvents()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let services = SMTPServer.Services(
            submission: submission,
            connections: connections,
            certificate: certificate,
            observe: { seen.add($0) },
            logger: logger
        )
        let (ports, found) = AsyncStream<Int>.makeStream()
        let listener = SMTPListener(address: ListenAddress(host: "127.0.0.1", port: 0), security: security)
        let server = SMTPServer(listener, services) {
            found.yield($0)
            found.finish()
        }
        let group = ServiceGroup(services: [server], logger: logger)
        self.group = group
        self.seen = seen
        task = Task { try await group.run() }
        port = await ports.first { _ in true } ?? 0
    }

    deinit { task.cancel() }

    var events: [SMTPServerEvent] { seen.all }

    /// Begins a graceful shutdown.
    func stop() async { await group.triggerGracefulShutdown() }

    /// Returns when the server has ended.
    func end() async throws { try await task.value }
}

final class ServerEvents: Sendable {
    private let events = Mutex<[SMTPServerEvent]>([])

    func add(_ event: SMTPServerEvent) { events.withLock { $0.append(event) } }

    var all: [SMTPServerEvent] { events.withLock { $0 } }
}
