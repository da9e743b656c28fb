// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The answers of the public calls to any input.
@Suite(.timeLimit(.minutes(10))) struct PasswordResetAnswerTests {
    private static let request = "/api/password-reset/request"
    private static let confirm = "/api/password-reset/confirm"
    private static let origin = "https://app.westside.example"

    @Test(arguments: ["well", "directory hangs", "mail is down"])
    func answersDoNotTellWhoHasAnAccount(_ circumstances: String) async throws {
        let stage = try ResetStage()
        if circumstances == "mail is down" {
            let listener = try ScriptedSMTP()
            listener.stop()
            try stage.configure(relay: listener.port)
        }
        let gateway = try ServingGateway(stage.folder)
        if circumstances == "directory hangs" { stage.change { $0.faults = Array(repeating: .hang, count: 1000) } }
        _ = try await stage.request("warm@example.org")
        var answers: [Set<String>] = [[], []]
        var times: [[Duration]] = [[], []]
        for round in 0..<100 {
            for (index, name) in (round % 2 == 0 ? [(0, "ana"), (1, "eve")] : [(1, "eve"), (0, "ana")]) {
                let begun = ContinuousClock.now
                let answer = try await stage.request("\(name)@example.org")
                times[index].append(ContinuousClock.now - begun)
                let fields = answer.fields.filter { !["x-request-id", "date"].contains($0.key) }
                answers[index].insert("\(answer.status) \(answer.body) \(fields.sorted { $0.key < $1.key })")
            }
        }
        #expect(answers[0] == answers[1] && answers[0].count == 1, "\(answers)")
        let medians = times.map { $0.sorted()[$0.count / 2] }
        // The calls alternate, so that a busy machine slows both; the limit is far below any look-up that hangs.
        #expect(max(medians[0], medians[1]) < min(medians[0], medians[1]) * 2 + .milliseconds(50), "\(medians)")
        withExtendedLifetime(gateway) {}
    }

    @Test func badInputGetsTheStatusOfTheContract() async throws {
        let stage = try ResetStage()
        let gateway = try ServingGateway(stage.folder)
        let long = String(repeating: "x", count: 2000)
        let cases: [(String, String, Int)] = [
            (Self.request, "{", 400), (Self.request, "{}", 422), (Self.request, #"{"email": null}"#, 422),
            (Self.request, #"{"email": ["ana@example.org"]}"#, 422), (Self.request, #"{"email": "nobody"}"#, 422),
            (Self.request, #"{"email": "ana@example.org", "locale": "de"}"#, 422),
            (Self.request, #"{"email": "ana@example.org\u0000"}"#, 400), (Self.request, "[]", 422),
            (Self.request, #"{"email": "\#(long)\#(long)\#(long)"}"#, 413),
            (Self.confirm, "{}", 422), (Self.confirm, #"{"token": 1, "new_password": null}"#, 422),
            (Self.confirm, #"{"token": "x", "new_password": "long enough"}"#, 400),
            (Self.confirm, #"{"token": "\#(long)", "new_password": "long enough"}"#, 400),
            (Self.confirm, #"{"token": "\#(long)\#(long)\#(long)", "new_password": "long enough"}"#, 413),
            (Self.confirm, #"{"token": "x", "new_password": "a"}"#, 422),
            (Self.confirm, #"{"token": "x", "new_password": "with\u0000nul inside"}"#, 400),
            (Self.confirm, #"{"token": "x", "new_password": "😀😀😀😀😀😀😀"}"#, 422),
            (Self.confirm, #"{"token": "x", "new_password": "😀😀😀😀😀😀😀😀"}"#, 400),
        ]
        for (path, body, status) in cases {
            let answer = try await stage.post(path, body, fields: ["Origin": "https://evil.example"])
            #expect(answer.status == status, "\(body.prefix(80)): \(answer.body)")
            #expect(answer.fields["content-type"] == "application/problem+json")
            #expect(answer.fields["cache-control"] == "no-store")
            #expect(answer.fields["access-control-allow-origin"] == nil)
        }
        #expect(try await stage.post(Self.request, "email=a%40b.example", type: "text/plain").status == 415)
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            let answer = try await stage.ask(method, Self.confirm)
            #expect(answer.status == 405)
            #expect(answer.fields["allow"] == "OPTIONS, POST")
        }
        withExtendedLifetime(gateway) {}
    }

    @Test func pagesOfOriginsOnTheListMayReadAnswers() async throws {
        let stage = try ResetStage()
        let gateway = try ServingGateway(stage.folder)
        let preflight = ["Origin": Self.origin, "Access-Control-Request-Method": "POST"]
        let asked = try await stage.ask("OPTIONS", Self.request, preflight)
        #expect(asked.status == 204)
        #expect(asked.fields["access-control-allow-origin"] == Self.origin)
        #expect(asked.fields["access-control-allow-methods"] == "POST")
        #expect(asked.fields["access-control-allow-headers"] == "Content-Type")
        for (body, status) in [(#"{"email": "ana@example.org"}"#, 200), ("{", 400)] {
            let answer = try await stage.post(Self.request, body, fields: ["Origin": Self.origin])
            #expect(answer.status == status)
            #expect(answer.fields["access-control-allow-origin"] == Self.origin)
            #expect(answer.fields["vary"] == "Origin")
        }
        let foreign = try await stage.ask("OPTIONS", Self.request, ["Origin": "https://evil.example"])
        #expect(foreign.fields["access-control-allow-origin"] == nil)
        let elsewhere = try await stage.ask("OPTIONS", "/v1/messages", preflight)
        #expect(elsewhere.fields["access-control-allow-origin"] == nil)
        withExtendedLifetime(gateway) {}
    }

    @Test func limitsHoldOverRestartsAndBelieveTrustedProxiesAlone() async throws {
        let stage = try ResetStage()
        let limits = "limits: { per_address: 2/1h, per_client: 4/1h, global: 1000/1h }"
        let settings = try String(contentsOfFile: stage.folder.settingsFile, encoding: .utf8)
        let lines = settings.split(separator: "\n").map { $0.contains("limits:") ? "  \(limits)" : String($0) }
        try stage.folder.write(lines.joined(separator: "\n") + "\ntrusted_proxies: [127.0.0.1]\n")
        var gateway = try ServingGateway(stage.folder)
        func ask(_ email: String, from client: String) async throws -> ResetStage.Answer {
            try await stage.post(Self.request, #"{"email": "\#(email)"}"#, fields: ["X-Forwarded-For": client])
        }
        for number in 1...4 {
            #expect(try await ask("a\(number)@example.org", from: "2001:db8::\(number)").status == 200)
        }
        gateway.signal(SIGTERM)
        _ = gateway.exitCode()
        gateway = try ServingGateway(stage.folder)
        let over = try await ask("a5@example.org", from: "2001:db8::5")
        #expect(over.status == 429)
        #expect(over.fields["retry-after"].flatMap { Int($0) }.map { (3000...3600).contains($0) } == true)
        for _ in 1...4 { #expect(try await ask("ana@example.org", from: "192.0.2.1").status == 200) }
        #expect(try await ask("ana@example.org", from: "192.0.2.1").status == 429)
        // Two of the four found the address over its limit, and stored no message.
        let list = try await gateway.get("/v1/messages?to=ana@example.org")
        #expect(list.body.split(separator: "\"id\":\"msg_").count == 3, "\(list.body)")
        let confirm = #"{"token": "x", "new_password": "long enough"}"#
        for status in [400, 400, 400, 400, 429] {
            let answer = try await stage.post(Self.confirm, confirm, fields: ["X-Forwarded-For": "192.0.2.1"])
            #expect(answer.status == status)
        }
    }

    @Test func whatIsSwitchedOffIsNotThereUntilAReload() async throws {
        let stage = try ResetStage()
        let settings = try String(contentsOfFile: stage.folder.settingsFile, encoding: .utf8)
        try stage.folder.write(settings.replacing("password_reset:\n", with: "password_reset:\n  enabled: false\n"))
        let gateway = try ServingGateway(stage.folder)
        for (method, path) in [
            ("POST", Self.request), ("GET", Self.confirm), ("OPTIONS", Self.confirm),
            ("GET", "/api/password-reset/policy"),
            ("GET", "/forgot-password"), ("POST", "/reset-password"),
        ] {
            #expect(try await stage.ask(method, path).status == 404, "\(method) \(path)")
        }
        try stage.folder.write(settings)
        gateway.signal(SIGHUP)
        #expect(gateway.logLine(containing: "settings were read again") != nil)
        stage.change { $0.passwordPolicy = "length(12) and digits(1)" }
        let policy = try await stage.ask("GET", "/api/password-reset/policy", port: stage.publicPort)
        #expect(policy.status == 200)
        #expect(policy.body.contains(#""At least 12 characters.","At least 1 digit.""#), "\(policy.body)")
        #expect(try await stage.ask("GET", "/healthz", port: stage.publicPort).status == 200)
        #expect(try await stage.ask("GET", "/forgot-password", port: stage.publicPort).status == 200)
        for path in ["/", "/metrics", "/readyz", "/v1/messages", "/openapi.yaml"] {
            #expect(try await stage.ask("GET", path, port: stage.publicPort).status == 404)
        }
    }

    @Test func doctorAndConfigCheckLookAtTheDirectoryAndTheLink() throws {
        let stage = try ResetStage()
        #expect(try stage.folder.run("doctor").output.contains("keycloak, realm westside at \(stage.server.origin)"))
        let shown = try stage.folder.run("config", "show")
        #expect(shown.output.contains("password_reset:") && !shown.output.contains("s3cret"), "\(shown.output)")
        stage.change { $0.clientSecret = "another" }
        let doctor = try stage.folder.run("doctor")
        #expect(doctor.code == 1 && doctor.output.contains("check `client_id` and `client_secret`"), "\(doctor.output)")
        let brand = "\(stage.folder.path)/templates/brands/westside/brand.yaml"
        let text = try String(contentsOfFile: brand, encoding: .utf8)
        try "\(text)\nlink_hosts: [westside.test]\n".write(toFile: brand, atomically: true, encoding: .utf8)
        let check = try stage.folder.run("config", "check")
        #expect(check.code == 78)
        #expect(check.errors.contains("does not allow links to app.westside.example"), "\(check.errors)")
    }
}
