// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

@Suite(.timeLimit(.minutes(10))) struct ServeTests {
    private static let mail = #"{"to": "ana@example.org", "template": "welcome", "data": {"name": "Ana"}}"#
    private static let relay = "relay: { kind: smtp, url: \"smtp://127.0.0.1:PORT\", starttls: never }"

    @Test func acceptedMailIsCaptured() async throws {
        let gateway = try ServingGateway(TestFolder())
        let answer = try await gateway.post("/v1/messages", Self.mail, wait: 30)
        #expect(answer.status == 200)
        #expect(TestFolder.word(after: "\"state\":\"", in: answer.body) == "sent")
        let id = try #require(TestFolder.word(after: "\"id\":\"", in: answer.body))
        let source = try gateway.folder.run("messages", "source", id).output
        #expect(source.contains("Subject: Welcome to Posthaste\r\n"))
    }

    @Test func commandLineMailIsPickedUp() throws {
        let gateway = try ServingGateway(TestFolder())
        let sent = try gateway.folder.run(
            "send",
            "--to",
            "a@b.example",
            "--template",
            "welcome",
            "--data",
            "-",
            "--wait",
            input: #"{"name": "Bo"}"#
        )
        #expect(sent.code == 0)
        #expect(sent.output.contains("is sent by inbox"))
    }

    /// `--wait` waits for mail that is sent a second later, but not for mail whose next attempt comes after the time limit.
    @Test(arguments: [("1s", 0), ("10m", 1)])
    func mailThatIsPutOffIsWaitedForAsLongAsItHelps(_ pause: String, _ code: Int) throws {
        var script = SMTPScript()
        script.on(.final, .say("451 4.3.0 not now"))
        let sink = try ScriptedSMTP(script)
        defer { sink.stop() }
        let folder = try TestFolder()
        let retry = "retry: { first: \(pause), max: 1h }"
        try folder.write(folder.settings(providers: Self.relay(sink), via: "relay", more: retry))
        let gateway = try ServingGateway(folder)
        let sent = try gateway.folder.run("send", "--to", "a@b.example", "--subject", "s", "--text", "-", "--wait")
        #expect(sent.code == code, "\(sent.output)\(sent.errors)")
        #expect(code == 0 ? sent.output.contains("is sent by relay") : sent.errors.contains("451 4.3.0 not now"))
    }

    @Test func secondGatewayOnOneStoreIsRefused() throws {
        let gateway = try ServingGateway(TestFolder())
        let second = try gateway.folder.run("serve")
        #expect(second.code == 1)
        #expect(second.errors.contains("is served by another gateway (process \(gateway.id)): stop that one first"))
    }

    @Test func newSettingsAreTaken() async throws {
        let sink = try ScriptedSMTP()
        defer { sink.stop() }
        let folder = try TestFolder()
        let gateway = try ServingGateway(folder)
        try folder.write(
            folder.settings(
                providers: Self.relay(sink),
                via: "relay",
                more: "public_url: https://a.example\ndefault_brand: \"${BRAND:-default}\""
            )
        )
        gateway.signal(SIGHUP)
        #expect(gateway.logLine(containing: "some settings change only")?.contains("settings=public_url") == true)
        let line = gateway.logLine(containing: "settings were read again")
        #expect(line?.contains("from_environment=default_brand") == true && line?.contains("started again") == true)
        #expect(try await gateway.post("/v1/messages", Self.mail, wait: 30).body.contains("\"provider\":\"relay\""))
        #expect(sink.mails.count == 1)
    }

    @Test func badSettingsAreRefusedAndTheOldOnesStay() async throws {
        let folder = try TestFolder()
        let gateway = try ServingGateway(folder)
        try folder.write(folder.settings(providers: "inbox: { kind: capture }", via: "relay"))
        gateway.signal(SIGHUP)
        let line = gateway.logLine(containing: "the new settings are refused, the old ones stay")
        #expect(line?.contains("posthaste.yaml:5:17: routes[0].via: there is no provider `relay`") == true)
        #expect(try await gateway.post("/v1/messages", Self.mail, wait: 30).body.contains("\"provider\":\"inbox\""))
        #expect(try await gateway.get("/readyz").body.contains("new settings were refused"))
    }

    @Test func editedTemplatesTakeEffect() async throws {
        let folder = try TestFolder()
        let gateway = try ServingGateway(folder)
        try "<p>Edited for {{name}}</p>".write(
            toFile: "\(folder.path)/templates/welcome/body.html",
            atomically: true,
            encoding: .utf8
        )
        #expect(gateway.logLine(containing: "templates were read again") != nil)
        let rendered = try await gateway.post("/v1/templates/welcome/render", #"{"data": {"name": "Ana"}}"#)
        #expect(rendered.body.contains("Edited for Ana"))
    }

    @Test func endFinishesWhatIsInFlight() async throws {
        var script = SMTPScript()
        script.on(.final, .hold)
        let sink = try ScriptedSMTP(script)
        defer { sink.stop() }
        let folder = try TestFolder(providers: Self.relay(sink), via: "relay")
        let gateway = try ServingGateway(folder)
        let accepted = try await gateway.post("/v1/messages", Self.mail)
        #expect(accepted.status == 202)
        #expect(await sink.waitForCommand("DATA"))
        gateway.signal(SIGTERM)
        sink.release()
        #expect(gateway.exitCode() == 0)
        let id = try #require(TestFolder.word(after: "\"id\":\"", in: accepted.body))
        #expect(try folder.run("messages", "show", id).output.contains("(sent)"))
        #expect(sink.mails.count == 1)
    }

    private static func relay(_ sink: ScriptedSMTP) -> String {
        relay.replacing("PORT", with: "\(sink.port)")
    }
}
