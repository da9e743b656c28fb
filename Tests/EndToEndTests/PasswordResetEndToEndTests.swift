// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The real binary between users who forgot their password and a simulated Keycloak.
@Suite(.timeLimit(.minutes(10))) struct PasswordResetEndToEndTests {
    @Test func linkSetsThePasswordEndsSessionsAndTellsTheUser() async throws {
        let stage = try ResetStage()
        let gateway = try ServingGateway(stage.folder)
        let asked = try await stage.request("ANA@example.org")
        #expect(asked.status == 200)
        #expect(asked.body == #"{"message":"If that email is registered, a reset link has been sent."}"#)
        let mail = try await stage.mail(0)
        #expect(stage.sink.mails[0].recipients == ["ana@example.org"])
        #expect(mail.contains("Auto-Submitted: auto-generated") && mail.contains("Ana"))
        let token = try ResetStage.token(in: mail)
        let confirmed = try await stage.confirm(token)
        #expect(confirmed.status == 200, "\(confirmed.body)")
        #expect(confirmed.body == #"{"message":"Your password has been reset."}"#)
        let user = try #require(stage.keycloak.users.first)
        #expect(user.password == ResetStage.password)
        #expect(user.logouts == 1)
        let notice = try await stage.mail(1)
        #expect(notice.contains("Your password was changed") && notice.contains("Auto-Submitted: auto-generated"))
        #expect(!notice.contains("token="))
        let again = try await stage.confirm(token, "another password")
        #expect(again.status == 400)
        #expect(TestFolder.word(after: "\"type\":\"", in: again.body) == "urn:posthaste:problem:invalid-token")
        try await Self.expectTraces(gateway, of: token)
    }

    /// The log and the events have each step, and the token appears nowhere.
    private static func expectTraces(_ gateway: ServingGateway, of token: String) async throws {
        let list = try await gateway.get("/v1/messages?category=password-reset")
        let id = try #require(TestFolder.word(after: "\"id\":\"", in: list.body))
        let message = try await gateway.get("/v1/messages/\(id)").body
        #expect(
            message.contains("[bound at hand-over]") && message.contains("with a link for user u-ana"),
            "\(message)"
        )
        #expect(message.contains(#""priority":"critical""#) && message.contains(#""client":"127.0.0.1""#))
        let source = try gateway.folder.run("messages", "source", id)
        #expect(source.output.contains("[bound at hand-over]") && !source.output.contains("cid:"), "\(source.output)")
        let explanation = try await gateway.get("/v1/messages/\(id)/explain").body
        #expect(explanation.contains(#""link":"[bound at hand-over]""#), "\(explanation)")
        #expect(try gateway.folder.run("messages", "explain", id).output.contains("[bound at hand-over]"))
        let metrics = try await gateway.get("/metrics").body
        #expect(metrics.contains(#"posthaste_password_reset_confirms_total{outcome="changed"} 1"#), "\(metrics)")
        #expect(metrics.contains(#"posthaste_password_reset_mails_total{kind="notice"} 1"#))
        #expect(gateway.logLine(containing: "password changed") != nil)
        gateway.signal(SIGTERM)
        _ = gateway.exitCode()
        let seen = [message, source.output, explanation, metrics, gateway.log.lines.joined()]
        for text in seen { #expect(!text.contains(token)) }
        for file in try FileManager.default.contentsOfDirectory(atPath: "\(gateway.folder.path)/data") {
            let bytes = try Data(contentsOf: URL(filePath: "\(gateway.folder.path)/data/\(file)"))
            #expect(bytes.range(of: Data(token.utf8)) == nil, "\(file)")
        }
    }

    @Test func ofSixteenConfirmsAtOnceOneWins() async throws {
        let stage = try ResetStage()
        let gateway = try ServingGateway(stage.folder)
        let token = try await stage.token()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...16 {
                group.addTask { try await stage.confirm(token, "password number \(number)").status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.sorted() == [200] + Array(repeating: 400, count: 15))
        #expect(stage.keycloak.users[0].passwordHistory.count == 1)
        withExtendedLifetime(gateway) {}
    }

    @Test func gatewayThatIsKilledWhileItSetsThePasswordCostsAMinute() async throws {
        let stage = try ResetStage()
        let gateway = try ServingGateway(stage.folder)
        let token = try await stage.token()
        stage.change { ($0.faults, $0.faultsMeet, $0.calls) = ([.hang], "/reset-password", []) }
        async let cut = stage.confirm(token)
        #expect(await comesTrue { stage.keycloak.calls.contains { $0.hasPrefix("PUT") } })
        gateway.signal(SIGKILL)
        _ = gateway.exitCode()
        _ = try? await cut
        let second = try ServingGateway(stage.folder)
        #expect(try await stage.confirm(token).status == 400)
        try Self.letReservationsLapse(in: stage.folder)
        #expect(try await stage.confirm(token).status == 200)
        #expect(stage.keycloak.users[0].password == ResetStage.password)
        withExtendedLifetime(second) {}
    }

    /// Replaces a wait of one minute.
    private static func letReservationsLapse(in folder: TestFolder) throws {
        let store = "\(folder.path)/data/posthaste.db"
        let change =
            "import sqlite3; c = sqlite3.connect('\(store)'); c.execute('UPDATE reset_tokens SET reserved_until = 1'); c.commit()"
        _ = try OutsideProgram("/usr/bin/python3", ["-c", change]).output()
    }

    @Test func directoryThatDoesNotAnswerKeepsTheMailWaitingAndTheTokenGood() async throws {
        let stage = try ResetStage()
        try stage.configure(more: "retry: { first: 50ms }")
        let gateway = try ServingGateway(stage.folder)
        stage.change { $0.faults = [.status(503, body: "<html>"), .status(502, body: "")] }
        let token = try await stage.token()
        // The mail arrives before its outcome is stored.
        #expect(
            try await comesTrue {
                try await gateway.get("/v1/messages?category=password-reset").body.contains(#""attempts":1"#)
            }
        )
        #expect(try await gateway.get("/v1/providers").body.contains(#""state":"up""#))
        stage.change { ($0.faults, $0.faultsMeet) = ([.status(503, body: "busy")], "/reset-password") }
        let busy = try await stage.confirm(token)
        #expect(busy.status == 503)
        #expect(busy.fields["retry-after"] != nil)
        #expect(try await stage.confirm(token).status == 200)
    }

    @Test func passwordWhoseFirstAnswerWasLostIsSet() async throws {
        let stage = try ResetStage()
        let gateway = try ServingGateway(stage.folder)
        let token = try await stage.token()
        stage.change { ($0.faults, $0.faultsMeet) = ([.loseAnswer], "/reset-password") }
        #expect(try await stage.confirm(token).status == 200)
        #expect(stage.keycloak.users[0].passwordHistory == [ResetStage.password])
        #expect(stage.keycloak.users[0].logouts == 1)
        withExtendedLifetime(gateway) {}
    }

    @Test func mailThatCannotLeaveInTimeExpires() async throws {
        let stage = try ResetStage()
        let listener = try ScriptedSMTP()
        listener.stop()
        try stage.configure(reset: "ttl: 1s", relay: listener.port, more: "retry: { first: 100ms }")
        let gateway = try ServingGateway(stage.folder)
        #expect(try await stage.request("ana@example.org").status == 200)
        #expect(try await comesTrue { try await gateway.get("/v1/messages?state=expired").body.contains("msg_") })
    }
}
