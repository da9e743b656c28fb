// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail

@testable import SMTPServer

/// A session with a shell that answers at once: the password `good` logs in, every mail is stored.
struct SessionUnderTest {
    struct Mail: Equatable {
        var envelope: SMTPEnvelope
        var content: [UInt8]

        var text: String { String(decoding: content, as: UTF8.self) }
    }

    static let start = ContinuousClock.now

    var machine: SMTPSessionMachine
    var now = Self.start
    /// Everything that the client read.
    var output = ""
    var mails: [Mail] = []
    var isClosed = false
    /// Leaves waits unanswered.
    var isSlow = false
    var isTLSStarted = false
    var senderRefusal: SMTPReply?
    var loginRefusal = SMTPReply.badLogin

    init(
        security: SMTPSecurity = .plain,
        isLocal: Bool = true,
        isTrusted: Bool = false,
        change: (inout SMTPSessionSettings) -> Void = { _ in }
    ) {
        var settings = SMTPSessionSettings(hostname: "mail.example.org", security: security)
        settings.isLocal = isLocal
        settings.isTrusted = isTrusted
        change(&settings)
        machine = SMTPSessionMachine(settings, now: Self.start)
        perform(machine.connected(now: now))
    }

    /// A session that has said EHLO and, with `login`, has logged in.
    static func ready(login: Bool = true, change: (inout SMTPSessionSettings) -> Void = { _ in }) -> SessionUnderTest {
        var session = SessionUnderTest(change: change)
        session.say("EHLO client.example.org")
        if login { session.say("AUTH PLAIN \(Base64.encode(Array("\0app\0good".utf8)))") }
        session.output = ""
        return session
    }

    /// Sends a line, and returns the reply.
    @discardableResult
    mutating func say(_ line: String) -> String { send(line + "\r\n") }

    @discardableResult
    mutating func send(_ text: String) -> String { send(Array(text.utf8)) }

    @discardableResult
    mutating func send(_ bytes: some Collection<UInt8>) -> String {
        let before = output.utf8.count
        perform(machine.received(bytes, now: now))
        return String(Substring(output.utf8.dropFirst(before)))
    }

    /// Moves the clock, and does what is due at its end.
    @discardableResult
    mutating func wait(_ span: Duration) -> String {
        let before = output.utf8.count
        now += span
        perform(machine.deadlinePassed(now: now))
        return String(Substring(output.utf8.dropFirst(before)))
    }

    /// Opens a transaction and sends DATA.
    mutating func beginData(from: String = "ana@example.org") {
        say("MAIL FROM:<\(from)>")
        say("RCPT TO:<bo@example.net>")
        say("DATA")
    }

    mutating func perform(_ actions: [SMTPSessionMachine.Action]) {
        for action in actions {
            switch action {
            case .send(let reply): output += String(decoding: reply.bytes, as: UTF8.self)
            case .close: isClosed = true
            case .startTLS: isTLSStarted = true
            case .checkLogin(let credentials) where !isSlow:
                let isGood = credentials.password.exposed == "good"
                perform(machine.loginChecked(isGood ? .accepted : .refused(loginRefusal), now: now))
            case .checkSender where !isSlow: perform(machine.senderChecked(senderRefusal, now: now))
            case .submit(let envelope, let content):
                mails.append(Mail(envelope: envelope, content: content))
                if !isSlow { perform(machine.submitted(.queued("msg_\(mails.count)"), now: now)) }
            case .checkLogin, .checkSender: break
            }
        }
    }
}

extension SMTPBounces {
    /// Has the addresses that begin with `b+`.
    static let sample = SMTPBounces(domain: "bounces.example.org") { $0.local.hasPrefix("b+") }
}
