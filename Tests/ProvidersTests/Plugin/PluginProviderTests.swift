// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Foundation
import GatewayTesting
import JSON
import Mail
import Settings
import Synchronization
import Testing

@testable import Providers

private func error(of provider: any Provider, _ message: OutgoingMessage = SampleMail.plain(1)) async -> DeliveryError?
{
    do throws(DeliveryError) {
        _ = try await provider.send(message)
        return nil
    } catch {
        return error
    }
}

@Suite(.timeLimit(.minutes(5))) struct PluginProviderTests {
    private static let hasPython = FileManager.default.isExecutableFile(atPath: PluginUnderTest.python)
    private static let hasNode = FileManager.default.isExecutableFile(atPath: "/usr/bin/node")

    @Test(.enabled(if: hasPython, "the example needs Python")) func exampleInPythonKeepsEveryLaw() async {
        #expect(await ProviderConformance { try PluginUnderTest() }.violations() == [])
    }

    @Test(.enabled(if: hasPython, "the example needs Python")) func exampleInPythonKeepsTheLawsOfPlugins() async throws
    {
        let subject = try PluginUnderTest()
        let provider = try #require(subject.provider as? any SelfTestingProvider)
        try await provider.probe()
        #expect(provider.capabilities == [.mime, .idempotent, .internationalAddresses])
        let verdicts = await provider.verdictsOnOwnLaws()
        #expect(verdicts.count == 4)
        #expect(verdicts.compactMap(\.fault) == [])
        // It was stopped for that, and stays so.
        #expect(await error(of: provider)?.code == "plugin.stopped")
        #expect(await subject.taken() == [])
    }

    @Test(.enabled(if: hasNode, "the example needs Node in /usr/bin")) func exampleInNodePostsToItsAddress()
        async throws
    {
        let status = Mutex(200)
        let server = try ScriptedHTTP { head in
            let status = status.withLock(\.self)
            return .answer(ScriptedHTTP.answer(status, head.hasPrefix("HEAD") ? "" : #"{"id":"n-1"}"#))
        }
        defer { server.stop() }
        let settings: SampleSettings = ["url": .scalar("\(server.origin)/mail"), "token": "t0ken"]
        let provider = try PluginUnderTest.provider(
            run: ["/usr/bin/node", PluginUnderTest.example("webhook.mjs")],
            settings
        )
        try await provider.probe()
        #expect(try await provider.send(SampleMail.international()).id == "n-1")
        let received = try #require(server.received.last)
        #expect(received.head.lowercased().contains("authorization: bearer t0ken"))
        #expect(String(decoding: received.body, as: UTF8.self).contains("安娜"))
        status.withLock { $0 = 422 }
        #expect(await error(of: provider)?.kind == .rejected)
        status.withLock { $0 = 502 }
        #expect(await error(of: provider)?.kind == .uncertain)
        let own = try #require(provider as? any SelfTestingProvider)
        #expect(await own.verdictsOnOwnLaws().compactMap(\.fault) == [])
    }

    /// Its child left the process group and keeps every pipe open.
    @Test(.enabled(if: hasPython, "the plugin is in Python"), arguments: ["die", "die, child lives"])
    func pluginThatDiesIsStartedAgain(_ fault: String) async throws {
        let provider = try #require(try PluginUnderTest.faulty(fault) as? any StartableProvider)
        let hellos = Mutex(0)
        #expect(!provider.isReady)
        provider.start { hellos.withLock { $0 += 1 } }
        #expect(await comesTrue { provider.isReady })
        #expect(provider.declaration?.concurrency == 8)
        #expect(await error(of: provider)?.kind == .uncertain)
        // While it is away, nothing is handed over, and what it can do is still known.
        #expect(await error(of: provider)?.kind == .transient)
        #expect(provider.capabilities.contains(.attachments))
        #expect(await comesTrue { hellos.withLock(\.self) == 2 })
        await provider.stop(afterCalls: false)
    }

    @Test func messageThatWasNotWrittenWholeIsSentAgain() async throws {
        let hello = #"echo '{"hello":{"protocol":1,"capabilities":["attachments"]}}'"#
        let provider = try PluginUnderTest.provider(run: ["/bin/sh", "-c", "read a; \(hello); sleep 0.3; exit 7"], [:])
        var message = SampleMail.plain(1)
        message.text = String(repeating: "a", count: 1 << 20)
        let failure = await error(of: provider, message)
        #expect(failure?.kind == .transient)
        #expect(failure?.scope == .provider)
        #expect(failure?.detail.contains("exit code 7") == true)
    }

    @Test(.enabled(if: hasPython, "the plugin is in Python")) func secretsAppearInNoLogAndNoError() async throws {
        let lines = Mutex<[String]>([])
        let provider = try PluginUnderTest.faulty("note") { line in lines.withLock { $0.append(line) } }
        #expect(await error(of: provider)?.detail == "bad ••••••")
        #expect(await comesTrue { lines.withLock { $0.contains("token is ••••••") } })
        #expect(!lines.withLock(\.self).joined().contains("s3cret"))
    }

    @Test func refusedRecipientsAreThoseOfTheEnvelope() async throws {
        let runner = AnsweringRunner { _ in
            #""accepted":{"id":"x","refused":[{"address":"BO@example.org","detail":"full"},{"address":"x@y.example"}]}"#
        }
        let provider = try runner.provider()
        let receipt = try await provider.send(SampleMail.plain(1, to: ["ana", "bo"]))
        #expect(receipt.id == "x")
        #expect(receipt.refusals.map(\.address.description) == ["bo@example.org"])
        #expect(receipt.refusals.map(\.error.detail) == ["full"])
        #expect(receipt.detail == "1 refused addresses are no recipients of the message")
        // All of them: nothing was accepted.
        #expect(await error(of: provider, SampleMail.plain(1, to: ["bo"]))?.kind == .rejected)
    }

    @Test(arguments: [
        (
            #"{"kind":"rate_limited","retry_after":30,"code":"quota"}"#,
            DeliveryError.Kind.rateLimited(retryAfter: .seconds(30)), "quota"
        ),
        (#"{"kind":"misconfigured","code":"two words","remedy":"r"}"#, .misconfigured, "plugin.failed"),
        (#"{"kind":"uncertain","scope":"message"}"#, .uncertain, "plugin.failed"),
    ])
    func failuresArePassedOn(_ text: String, _ kind: DeliveryError.Kind, _ code: String) async throws {
        let failure = await error(of: try AnsweringRunner { _ in "\"failed\":\(text)" }.provider())
        #expect(failure?.kind == kind)
        #expect(failure?.code == code)
    }

    @Test func settingsAreReadWithoutAStartAndEqualOnesKeepTheProgram() async throws {
        let runner = AnsweringRunner { _ in #""ok":{}"# }
        let first = try runner.provider(["timeout": "30s"])
        #expect(runner.starts == 0)
        first.start {}
        #expect(await comesTrue { first.isReady })
        let second = try #require(try runner.provider(["timeout": "31s"]).continuing(first) as? any StartableProvider)
        second.start {}
        try await second.probe()
        #expect(runner.starts == 1)
        #expect(try runner.provider(["settings": ["a": "b"]]).continuing(first) == nil)
        #expect(try runner.provider(["run": ["/other"]]).continuing(first) == nil)
        await first.stop(afterCalls: true)
        #expect(runner.ends == ["input closed"])
    }

    @Test func cancelledAttemptEndsThoughThePluginIsSilent() async throws {
        let runner = AnsweringRunner { _ in nil }
        let provider = try runner.provider()
        let attempt = Task { await error(of: provider) }
        #expect(await comesTrue { runner.calls == 1 })
        attempt.cancel()
        #expect(await attempt.value?.kind == .uncertain)
    }
}

/// Runs plugins in memory: each says hello at once and answers a call with the members that `answer` gives; nil is silence.
final class AnsweringRunner: ProgramRunner {
    private let answer: @Sendable (_ line: String) -> String?
    private let state = Mutex((starts: 0, calls: 0, ends: [String]()))

    init(_ answer: @escaping @Sendable (_ line: String) -> String?) {
        self.answer = answer
    }

    var starts: Int { state.withLock(\.starts) }
    var calls: Int { state.withLock(\.calls) }
    var ends: [String] { state.withLock(\.ends) }

    func provider(_ settings: SampleSettings = [:]) throws -> any StartableProvider {
        guard case .map(let members) = settings else { throw CancellationError() }
        let run: [(String, SampleSettings)] = members.contains { $0.0 == "run" } ? [] : [("run", ["/plugin"])]
        let map = SampleSettings.map(run + members)
        return try #require(
            try ProviderKind.plugin.provider(map.reader, .sample(programs: self)) as? any StartableProvider
        )
    }

    func start(
        _ words: [String],
        events: @escaping @Sendable (ProgramEvent) -> Void
    ) throws(ProgramFailure) -> any RunningProgram {
        state.withLock { $0.starts += 1 }
        return Program(runner: self, events: events)
    }

    private struct Program: RunningProgram {
        let runner: AnsweringRunner
        let events: @Sendable (ProgramEvent) -> Void

        func write(_ bytes: [UInt8], number: Int) {
            let line = String(decoding: bytes, as: UTF8.self)
            if number > 0 { runner.state.withLock { $0.calls += 1 } }
            let answer =
                number == 0 ? #""hello":{"protocol":1}"# : runner.answer(line).map { "\"call\":\(number),\($0)" }
            // Never in the call itself: a program answers from another thread.
            Task.detached {
                events(.written(number))
                if let answer { events(.output(Array("{\(answer)}\n".utf8))) }
            }
        }

        func closeInput() { end("input closed") }
        func terminate() { end("terminated") }
        func kill() { end("killed") }

        private func end(_ how: String) {
            runner.state.withLock { $0.ends.append(how) }
            Task.detached { events(.ended(how)) }
        }
    }
}
