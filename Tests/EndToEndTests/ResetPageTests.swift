// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The hosted pages, by plain requests and in a real Chromium.
@Suite(.timeLimit(.minutes(10))) struct ResetPageTests {
    private static let browser = "/usr/bin/chromium"
    private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Reset")
    private static let form = "application/x-www-form-urlencoded"

    @Test func formsAnswerWithPagesAndGoThroughTheSameService() async throws {
        let stage = try ResetStage()
        let gateway = try ServingGateway(stage.folder)
        let count = stage.sink.mails.count
        let asked = try await stage.post("/forgot-password", "email=ana%40example.org", type: Self.form)
        #expect(asked.status == 200)
        #expect(asked.fields["referrer-policy"] == "no-referrer")
        #expect(asked.fields["content-security-policy"]?.contains("default-src 'none'") == true)
        let token = try ResetStage.token(in: try await stage.mail(count))
        let opened = try await stage.ask("GET", "/reset-password?token=\(token)")
        #expect(opened.status == 200 && opened.body.contains(token))
        func send(_ password: String, _ fields: [String: String] = [:]) async throws -> ResetStage.Answer {
            let body = "token=\(token)&new_password=\(password)"
            return try await stage.post("/reset-password", body, type: Self.form, fields: fields)
        }
        for fields in [["Sec-Fetch-Site": "cross-site"], ["Origin": "https://evil.example"]] {
            #expect(try await send("long+enough+it+is", fields).status == 403)
        }
        #expect(try await send("short").status == 422)
        #expect(try await stage.post("/reset-password", "{}", type: "application/json").status == 415)
        let done = try await send("long+enough+it+is", ["Sec-Fetch-Site": "same-origin", "Origin": "null"])
        #expect(done.status == 200, "\(done.body)")
        #expect(stage.keycloak.users[0].password == "long enough it is")
        #expect(try await send("long+enough+it+is").status == 400)
        withExtendedLifetime(gateway) {}
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: browser), "`make test` installs chromium"))
    func pagesKeepTheirPromisesInChromium() throws {
        let stage = try ResetStage([StandInKeycloak.User("u-ana", email: "ana.ananas@example.org")])
        let mails = "\(stage.folder.path)/mails"
        try FileManager.default.createDirectory(atPath: mails, withIntermediateDirectories: true)
        let settings = try String(contentsOfFile: stage.folder.settingsFile, encoding: .utf8)
        let keep =
            "keep: { kind: command, run: [/bin/sh, -c, \"cat > \(mails)/$$.part && mv \(mails)/$$.part \(mails)/$$.eml\"] }"
        let lines = settings.split(separator: "\n").filter { !$0.contains("  link:") }.map { line in
            if line.hasPrefix("providers:") { return "providers: { \(keep) }" }
            return line.hasPrefix("routes:") ? "routes: [{ via: [keep] }]" : String(line)
        }
        try stage.folder.write(lines.joined(separator: "\n") + "\n")
        let gateway = try ServingGateway(stage.folder)
        let link = "python3 \(Self.scripts.path(percentEncoded: false))/link.py \(mails)"
        let check = try OutsideProgram(
            "/usr/bin/python3",
            [
                "\(Self.scripts.path(percentEncoded: false))/check.py", "http://127.0.0.1:\(stage.folder.port)",
                "ana.ananas@example.org", link,
            ]
        )
        #expect(check.code == 0, "\(check.said)")
        withExtendedLifetime(gateway) {}
    }
}
