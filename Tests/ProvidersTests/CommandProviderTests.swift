// SPDX-License-Identifier: Apache-2.0
import Delivery
import Foundation
import Mail
import Settings
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(5))) struct CommandProviderTests {
    private func shell(_ script: String, limit: Duration = .seconds(600)) -> CommandProvider {
        CommandProvider(program: "/bin/sh", arguments: ["-c", script], timeLimit: limit)
    }

    @Test func theProgramGetsRecipientsAndMessageAndACleanEnvironment() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }  // Still there only if the test failed before.
        let script = #"{ echo "$0 $@"; env | cut -d= -f1 | sort | tr '\n' ' '; cat; } > "# + path
        let receipt = try await shell(script).send(sampleMessage(to: ["b@b.example", "c@c.example"], text: "hello"))
        #expect(receipt == Receipt(id: nil))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix("-- b@b.example c@c.example\n"))
        #expect(text.contains("PATH") && !text.contains("HOME") && !text.contains("USER"))
        #expect(text.contains("Subject: x\r\n") && text.contains("hello"))
    }

    /// As sendmail takes it, once: the settings may have one of their own.
    @Test(arguments: [
        ([], "-f b+1@bounces.example -- b@b.example"), (["-fme@a.example"], "-fme@a.example -- b@b.example"),
    ])
    func envelopeSenderIsAnOption(_ words: [String], _ expected: String) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }  // Still there only if the test failed before.
        let run = ["-c", #"echo "$@" > "# + path, "sh"] + words
        let provider = CommandProvider(program: "/bin/sh", arguments: run, timeLimit: .seconds(600))
        var message = try sampleMessage()
        message.envelopeSender = try EmailAddress(parsing: "b+1@bounces.example")
        _ = try await provider.send(message)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == expected + "\n")
    }

    @Test(arguments: [
        (75, DeliveryError.Kind.transient), (77, .misconfigured), (78, .misconfigured), (1, .rejected), (67, .rejected),
        (127, .rejected),
    ])
    func theExitCodeIsTheVerdict(code: Int, kind: DeliveryError.Kind) async throws {
        let error = await #expect(throws: DeliveryError.self) {
            try await shell("echo what is wrong >&2; exit \(code)").send(sampleMessage())
        }
        #expect(error?.kind == kind && error?.code == "command.exit-\(code)")
        #expect(error?.detail == "exit code \(code): what is wrong")
    }

    @Test func aSignalIsUncertain() async throws {
        let error = await #expect(throws: DeliveryError.self) { try await shell("kill -9 $$").send(sampleMessage()) }
        #expect(error?.kind == .uncertain && error?.code == "command.signal-9")
    }

    @Test func theTimeLimitEndsTheProgram() async throws {
        let error = await #expect(throws: DeliveryError.self) {
            try await shell("exec sleep 3600", limit: .milliseconds(100)).send(sampleMessage())
        }
        #expect(error?.kind == .uncertain && error?.code == "command.timeout")
    }

    @Test func theTimeLimitEndsWhatTheProgramStartedToo() async throws {
        let error = await #expect(throws: DeliveryError.self) {
            try await shell("cat > /dev/null; sleep 3600; true", limit: .milliseconds(200)).send(sampleMessage())
        }
        #expect(error?.code == "command.timeout")
    }

    @Test func cancellingEndsTheProgram() async throws {
        let sending = Task { try await shell("exec sleep 3600").send(sampleMessage()) }
        sending.cancel()
        let error = await #expect(throws: DeliveryError.self) { try await sending.value }
        #expect(error?.code == "command.cancelled")
    }

    @Test func neitherALargeMessageUnreadNorMuchOutputBlocks() async throws {
        // Several times the capacity of a pipe.
        let large = try sampleMessage(text: String(repeating: "x", count: 500_000))
        _ = try await shell("exit 0").send(large)
        _ = try await shell("cat; cat /dev/zero | head -c 500000 >&2; exit 0").send(large)
        let error = await #expect(throws: DeliveryError.self) {
            try await shell("yes complaint | head -c 500000 >&2; exit 1").send(large)
        }
        #expect(error.map { $0.detail.utf8.count < 3000 } == true)
    }

    @Test func aRecipientThatLooksLikeAnOptionIsRefused() async throws {
        let provider = shell("exit 0")
        let receipt = try await provider.send(sampleMessage(to: ["b@b.example", "-f@b.example"]))
        #expect(receipt.refusals.map(\.address.description) == ["-f@b.example"])
        let error = await #expect(throws: DeliveryError.self) {
            try await provider.send(sampleMessage(to: ["-f@b.example"]))
        }
        #expect(error?.kind == .rejected && error?.scope == .message)
    }

    @Test func aMissingProgramIsAFaultOfTheSettings() async throws {
        let provider = CommandProvider(program: "/nonexistent/program", arguments: [])
        let error = await #expect(throws: DeliveryError.self) { try await provider.send(sampleMessage()) }
        #expect(error?.kind == .misconfigured)
        await #expect(throws: DeliveryError.self) { try await provider.probe() }
        try await shell("").probe()
    }

    @Test(arguments: [SampleSettings.map([]), ["run": []], ["run": ["sendmail", "-i"]]])
    func theProgramNeedsItsFullPath(settings: SampleSettings) {
        let fault = #expect(throws: SettingsFault.self) {
            try ProviderKind.command.provider(settings.reader, .sample())
        }
        #expect(fault?.path == "providers.p.run" && fault?.remedy != nil)
    }
}
