// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// What an operator does at the command line beside a running gateway; all tests share one gateway.
@Suite(.serialized, .timeLimit(.minutes(5))) struct NightShiftTests {
    private static let mail = ["send", "--to", "ana@example.org", "--subject", "Hi", "--text", "-"]

    @Test func outageIsSeenTriedAndOverAtTheCommandLine() async throws {
        var script = SMTPScript(extensions: ["AUTH PLAIN"])
        script.on(.auth, .say("535 5.7.8 bad credentials"))
        let sink = try ScriptedSMTP(script)
        defer { sink.stop() }
        let folder = try Self.folder(relayPort: sink.port)
        #expect(try folder.run("providers", "list").output.contains("unknown"))
        let unheard = try folder.run("providers", "probe", "relay")
        #expect(unheard.code == 1 && unheard.errors.contains("`posthaste providers check relay`"), "\(unheard.errors)")
        let gateway = try ServingGateway(folder)
        let parked = try Self.run(Self.mail, folder, input: "Hello")
        let id = String(parked.output.prefix { $0 != " " })
        #expect(
            try await Self.comesTrue {
                try folder.run("messages", "show", id).output.contains("relay is down: authentication")
            }
        )
        #expect(try await Self.comesTrue { try folder.run("providers", "list").output.contains("smtp") })
        #expect(try await !Self.comesTrue(tries: 1) { try folder.run("providers", "list").output.contains("unknown") })
        // The next sign-in succeeds.
        let probe = try folder.run("providers", "probe", "relay", "--json")
        #expect(probe.code == 0 && probe.output.contains(#""ok":true"#), "\(probe.output)\(probe.errors)")
        #expect(try await Self.comesTrue { try folder.run("messages", "show", id).output.contains("(sent)") })
        let message = try await gateway.get("/v1/messages/\(id)").body
        #expect(message.contains(#""last_error":null"#) && message.contains(#""state":"sent""#), "\(message)")
        #expect(
            gateway.logged.contains { $0.contains(#""status":200"#) && $0.contains(#""ms":"#) },
            "\(gateway.logged)"
        )
        try await pausedProviderIsPassedOver(gateway)
        try await failedMailIsTriedAgain(gateway)
        try await suppressedAddressIsNotMailed(gateway)
        try await tailShowsEvents(gateway)
    }

    private func pausedProviderIsPassedOver(_ gateway: ServingGateway) async throws {
        let folder = gateway.folder
        #expect(try folder.run("providers", "pause", "relai").errors.contains("did you mean `relay`?"))
        #expect(try folder.run("providers", "pause", "relay", "--json").output.contains(#""state":"paused""#))
        #expect(
            try await Self.comesTrue { try await gateway.get("/v1/providers").body.contains(#""state":"paused""#) }
        )
        #expect(try await gateway.post("/v1/providers/relay/probe", "").status == 409)
        #expect(try folder.run("providers", "probe", "relay").errors.contains("providers resume relay"))
        let sent = try await gateway.post("/v1/messages", Self.body(#""category": "both""#), wait: 20)
        #expect(sent.body.contains(#""provider":"inbox""#), "\(sent.body)")
        let id = try #require(sent.id)
        let why = try folder.run("messages", "explain", id).output
        #expect(why.contains("inbox took it; passed over: relay is paused"), "\(why)")
        #expect(try folder.run("providers", "resume", "relay").code == 0)
        #expect(
            try await Self.comesTrue { try await !gateway.get("/v1/providers").body.contains(#""state":"paused""#) }
        )
    }

    private func failedMailIsTriedAgain(_ gateway: ServingGateway) async throws {
        let folder = gateway.folder
        for _ in 0..<2 {
            let failed = try await gateway.post("/v1/messages", Self.body(#""provider": "bad""#), wait: 20)
            #expect(failed.body.contains(#""state":"failed""#), "\(failed.body)")
        }
        let which = ["messages", "retry", "--state", "failed", "--since", "1h", "--provider", "bad"]
        let look = try Self.run(which + ["--dry-run", "--json"], folder)
        #expect(look.code == 0 && look.output.contains(#""found":2,"retried":0"#), "\(look.output)\(look.errors)")
        let unasked = try Self.run(which, folder)
        #expect(unasked.code == 1 && unasked.errors.contains("--yes"), "\(unasked.errors)")
        let done = try Self.run(which + ["--yes", "--json"], folder)
        #expect(done.code == 0 && done.output.contains(#""found":2,"retried":2"#), "\(done.output)\(done.errors)")
        let id = try #require(TestFolder.word(after: "\"messages\":[\"", in: done.output))
        #expect(try folder.run("messages", "show", id).output.contains("tried again by the command line"))
        #expect(
            try await Self.comesTrue { try folder.run("messages", "show", id).output.contains("state          failed") }
        )
        let byKey = try await gateway.post("/v1/messages/\(id)/retry", "")
        #expect(byKey.body.contains("tried again by key ") && !byKey.body.contains(folder.key), "\(byKey.body)")
    }

    private func suppressedAddressIsNotMailed(_ gateway: ServingGateway) async throws {
        let folder = gateway.folder
        #expect(try folder.run("suppressions", "add", "Cara@Example.org", "--reason", "bounce").code == 0)
        #expect(try folder.run("suppressions", "list", "--json").output.contains(#""reason":"bounce""#))
        let body = #"{"to": "cara@example.org", "subject": "Hi", "text": "Hello"}"#
        #expect(
            try await Self.comesTrue {
                try await gateway.post("/v1/messages", body, wait: 20).body.contains(#""state":"suppressed""#)
            }
        )
        #expect(try folder.run("suppressions", "remove", "cara@example.org").code == 0)
        #expect(try folder.run("suppressions", "remove", "cara@example.org").code == 1)
        #expect(try folder.run("suppressions", "add", "cara", "--reason", "none").code == 64)
    }

    private func tailShowsEvents(_ gateway: ServingGateway) async throws {
        let tail = Posthaste.process(["messages", "tail", "--json", "--count", "3"], in: gateway.folder.path)
        let output = Pipe()
        tail.standardOutput = output
        try tail.run()
        // The command does not show events before its first read, so mail is sent until it has shown some.
        while tail.isRunning { _ = try await gateway.post("/v1/messages", Self.body(#""tags": ["t"]"#), wait: 20) }
        let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            .split(separator: "\n")
        #expect(lines.count == 3 && lines.allSatisfy { $0.contains(#""kind":"#) && $0.contains("ana@example.org") })
    }

    /// The date this many days from now, in UTC.
    private static func day(_ count: Int) -> String {
        Date(timeIntervalSinceNow: Double(count) * 86_400).formatted(.iso8601.year().month().day())
    }

    /// Passes every option that the command line has for a message.
    @Test func sendTakesAllThatAMessageCanHave() throws {
        let folder = try TestFolder()
        // Within the year that a message may be scheduled ahead.
        let (due, end) = (Self.day(30), Self.day(31))
        let arguments = [
            "--cc", "bo@example.org", "--reply-to", "Team <team@example.org>", "--priority", "bulk", "--send-at",
            "\(due)T00:00:00Z", "--expires-at", "\(end)T00:00:00Z", "--header", "X-Team: a: b", "--tag", "vip",
            "--tag", "u16", "--metadata", "order=7=8", "--category", "receipt", "--provider", "inbox",
            "--idempotency-key", "order-7", "--json",
        ]
        let sent = try Self.run(Self.mail + arguments, folder, input: "Hello")
        #expect(sent.code == 0, "\(sent.errors)")
        for part in [
            #""state":"scheduled""#, #""priority":"bulk""#, #""tags":["vip","u16"]"#, #""order":"7=8""#,
            #""X-Team":"a: b""#, #""category":"receipt""#, #""pinned_provider":"inbox""#, "team@example.org",
            "bo@example.org", #""text":"Hello""#, "\"expires_at\":\"\(end)T00:00:00.000Z\"",
        ] {
            #expect(sent.output.contains(part), "\(part) in \(sent.output)")
        }
        let again = try Self.run(Self.mail + arguments, folder, input: "Hello")
        let ids = [sent, again].map { TestFolder.word(after: "\"id\":\"", in: $0.output) }
        #expect(again.code == 0 && ids[0] == ids[1] && again.errors.contains("sent before"), "\(again.errors)")
        let other = try Self.run(Self.mail + arguments, folder, input: "Hello again")
        #expect(other.code == 1 && other.output.isEmpty)
        let wrong = try Self.run(
            Self.mail + ["--header", "X", "--metadata", "a", "--metadata", "b"],
            folder,
            input: ""
        )
        #expect(wrong.code == 64 && wrong.errors.split(separator: "\n").count == 3, "\(wrong.errors)")
        let late = try Self.run(Self.mail + ["--send-at", "\(due)T00:00:00Z", "--wait"], folder, input: "Hello")
        #expect(late.code == 1 && late.errors.contains(due), "\(late.errors)")
    }

    private static func folder(relayPort: Int) throws -> TestFolder {
        let relay = "kind: smtp, url: \"smtp://127.0.0.1:\(relayPort)\", starttls: never, username: u, password: p"
        let bad = "bad: { kind: command, run: [/bin/sh, -c, \"exit 1\"] }"
        let folder = try TestFolder()
        try folder.write(
            """
            listen: 127.0.0.1:\(folder.port)
            sealing_key: !file secrets/sealing.key
            log: { format: json }
            providers: { relay: { \(relay) }, inbox: { kind: capture }, \(bad) }
            routes: [{ match: { category: both }, via: [relay, inbox] }, { via: [relay] }]

            """
        )
        return folder
    }

    private static func body(_ more: String) -> String {
        #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello", "# + more + "}"
    }

    private static func run(_ arguments: [String], _ folder: TestFolder, input: String = "") throws -> Posthaste.Result
    {
        try Posthaste.run(arguments, in: folder.path, input: input)
    }

    /// Checks until the condition is true, for at least a minute.
    private static func comesTrue(tries: Int = 600, _ isTrue: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<tries {
            if try await isTrue() { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }
}
