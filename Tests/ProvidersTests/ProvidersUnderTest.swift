// SPDX-License-Identifier: Apache-2.0
import Delivery
import Foundation
import GatewayTesting
import Synchronization

@testable import Providers

/// The built-in kinds with the services they need.
struct CaptureUnderTest: ProviderUnderTest {
    let provider: any Provider

    init() throws {
        provider = try ProviderKind.capture.provider(SampleSettings.map([]).reader, .sample())
    }

    func behave(_ behaviour: ServiceBehaviour) async -> Bool { behaviour == .takesAll }
    func taken() async -> [TakenMessage]? { nil }
}

/// A shell script that keeps each message in a separate file.
final class CommandUnderTest: ProviderUnderTest {
    private let folder: URL
    private let current: Mutex<any Provider>

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let keep = "f=$(mktemp \(folder.path)/mail.XXXXXXXX); shift; { echo \"$@\"; cat; } > $f"
        current = Mutex(
            CommandProvider(program: "/bin/sh", arguments: ["-c", keep, "keep"], timeLimit: .seconds(3600))
        )
    }

    deinit {
        // No test depends on the removal of the folder.
        try? FileManager.default.removeItem(at: folder)
    }

    var provider: any Provider { current.withLock { $0 } }

    func behave(_ behaviour: ServiceBehaviour) async -> Bool {
        let script: String
        switch behaviour {
        case .takesAll: return true
        case .refuses: script = "cat > /dev/null; exit 67"
        case .putsOff: script = "exit 75"
        case .cutsAfterTheEnd: script = "cat > /dev/null; kill -9 $$"
        case .hangs: script = "exec sleep 3600"
        case .refusesLogin, .isAway, .cutsBeforeTheEnd: return false
        }
        current.withLock {
            $0 = CommandProvider(program: "/bin/sh", arguments: ["-c", script], timeLimit: .seconds(3600))
        }
        return true
    }

    func taken() async -> [TakenMessage]? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().compactMap { name in
            guard let data = FileManager.default.contents(atPath: folder.appendingPathComponent(name).path),
                let end = data.firstIndex(of: 0x0A)
            else { return nil }
            let recipients = String(decoding: data[..<end], as: UTF8.self).split(separator: " ").map(String.init)
            return TakenMessage(recipients: recipients, content: [UInt8](data[(end + 1)...]))
        }
    }
}

/// libcurl and a real SMTP server on a socket.
final class SMTPUnderTest: ProviderUnderTest {
    private struct State {
        var server: ScriptedSMTP
        var provider: any Provider
    }

    private let state: Mutex<State>

    init() throws {
        state = Mutex(try Self.start(SMTPScript()))
    }

    deinit { state.withLock { $0.server.stop() } }

    var provider: any Provider { state.withLock(\.provider) }

    func behave(_ behaviour: ServiceBehaviour) async -> Bool {
        var script = SMTPScript()
        switch behaviour {
        case .takesAll, .isAway: break
        case .refuses: script.always(.final, .say("554 5.7.1 no"))
        case .putsOff: script.always(.final, .say("451 4.7.1 later"))
        case .refusesLogin: script.always(.mail, .say("535 5.7.8 who are you"))
        case .cutsBeforeTheEnd: script.always(.data, .cut)
        case .cutsAfterTheEnd: script.always(.final, .cut)
        case .hangs: script.always(.mail, .hang)
        }
        guard let next = try? Self.start(script) else { return false }
        state.withLock { state in
            state.server.stop()
            state = next
        }
        if behaviour == .isAway { next.server.stop() }
        return true
    }

    func taken() async -> [TakenMessage]? {
        state.withLock(\.server).mails.map { TakenMessage(recipients: $0.recipients, content: $0.content) }
    }

    private static func start(_ script: SMTPScript) throws -> State {
        let server = try ScriptedSMTP(script)
        let settings: [(String, SampleSettings)] = [
            ("url", .scalar("smtp://127.0.0.1:\(server.port)")), ("starttls", "never"),
            ("timeout", ["connect": "1h", "reply": "1h", "final": "1h"]),
        ]
        return State(
            server: server,
            provider: try ProviderKind.smtp.provider(SampleSettings.map(settings).reader, .sample())
        )
    }
}

/// The Gmail API on the simulated Google.
final class GmailUnderTest: ProviderUnderTest {
    private let bench: GmailBench

    init(_ delivery: GmailDelivery) throws {
        bench = try GmailBench(scopes: [GmailBench.all], delivery: delivery, timeout: .seconds(3600))
    }

    var provider: any Provider { bench.provider }

    func behave(_ behaviour: ServiceBehaviour) async -> Bool {
        let fault: GoogleScript.Fault?
        switch behaviour {
        case .takesAll, .isAway: fault = nil
        case .refuses: fault = .answer(.gmail(400, "invalidArgument", "Invalid To header"))
        case .putsOff: fault = .answer(.googlePage(503))
        case .refusesLogin: fault = .answer(.gmail(401, "authError", "Invalid Credentials"))
        case .cutsBeforeTheEnd: fault = .cutBeforeTheBody
        case .cutsAfterTheEnd: fault = .actAndCut
        case .hangs: fault = .hang
        }
        bench.client.change { google in
            for endpoint in [GoogleEndpoint.send, .sendDraft, .getDraft] { google.script.always(endpoint, fault) }
        }
        bench.client.setAway(behaviour == .isAway)
        return true
    }

    /// The message as sent: the Message-ID that replaces its own comes from Gmail.
    func taken() async -> [TakenMessage]? {
        bench.google.sent.map { TakenMessage(recipients: $0.recipients, content: $0.contentWithoutBlindCopies) }
    }
}

/// Microsoft Graph's stand-in over real sockets.
final class GraphUnderTest: ProviderUnderTest {
    private let bench: GraphBench

    init() throws { bench = try GraphBench() }

    var provider: any Provider { bench.provider }

    func behave(_ behaviour: ServiceBehaviour) async -> Bool {
        let fault: GraphScript.Fault?
        switch behaviour {
        case .takesAll, .isAway: fault = nil
        case .refuses: fault = .answer(.graph(400, "ErrorInvalidRecipients", "At least one recipient is not valid."))
        case .putsOff: fault = .answer(.graph(503, "ServiceUnavailable", "Try later."))
        case .refusesLogin: fault = .answer(.graph(401, "InvalidAuthenticationToken", "Access token is empty."))
        // A small message is written before the connection can end.
        case .cutsBeforeTheEnd: return false
        case .cutsAfterTheEnd: fault = .actAndCut
        case .hangs: fault = .hang
        }
        bench.server.change { $0.script.always(.sendMail, fault) }
        if behaviour == .isAway { bench.server.stop() }
        return true
    }

    func taken() async -> [TakenMessage]? {
        bench.graph.sent.map { TakenMessage(recipients: $0.recipients, content: $0.content) }
    }
}

/// A provider in memory, wrapped by one that injects no faults.
struct ChaosUnderTest: ProviderUnderTest {
    private let service = MemoryService()
    let provider: any Provider

    init() {
        provider = ChaosProvider(service.provider, plan: ChaosPlan([(.transient, 0)])) { 0 }
    }

    func behave(_ behaviour: ServiceBehaviour) async -> Bool { await service.behave(behaviour) }
    func taken() async -> [TakenMessage]? { await service.taken() }
}
