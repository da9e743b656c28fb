// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The first steps with the settings of `init --trial`, which `make run` uses.
@Suite(.timeLimit(.minutes(5))) struct TrialTests {
    /// Waits for the mail of a category, and returns its id.
    private static func mail(_ category: String, _ gateway: ServingGateway) async throws -> String {
        while true {
            let list = try await gateway.get("/v1/messages?category=\(category)&state=sent").body
            if let id = TestFolder.word(after: "\"id\":\"", in: list) { return id }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// A request as from a browser on this machine, without a key.
    private static func page(_ path: String, _ gateway: ServingGateway) async throws -> String {
        try await Client(port: gateway.folder.port, key: "").get(path).body
    }

    private static func token(in text: String) -> String? {
        text.firstRange(of: "/reset-password?token=").map { found in
            String(text[found.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        }
    }

    @Test func passwordResetFromTheRequestToTheNotice() async throws {
        let gateway = try ServingGateway(TestFolder(starting: ["--trial"]))
        let asked = try await gateway.post("/api/password-reset/request", #"{"email": "ana@example.org"}"#)
        #expect(asked.status == 200)
        let id = try await Self.mail("password-reset", gateway)
        let body = try await Self.page("/console/captured/\(id)/body", gateway)
        let token = try #require(Self.token(in: body), "\(body)")
        for view in ["text", "source"] {
            let page = try await Self.page("/console/captured/\(id)?view=\(view)", gateway)
            #expect(page.replacing("=3D", with: "=").replacing("=\n", with: "").contains(token.prefix(20)))
            #expect(page.contains("links and codes in this mail work"))
        }
        let confirmation = #"{"token": "\#(token)", "new_password": "correct horse battery"}"#
        #expect(try await gateway.post("/api/password-reset/confirm", confirmation).status == 200)
        #expect(try await gateway.post("/api/password-reset/confirm", confirmation).status == 400)
        let notice = try await Self.mail("password-changed", gateway)
        #expect(try await Self.page("/console/captured/\(notice)?view=text", gateway).contains("ana@example.org"))
        // In no other place, and not in plain text.
        #expect(try await !gateway.get("/v1/messages/\(id)").body.contains(token))
        #expect(try !gateway.folder.run("messages", "source", id).output.contains(token.prefix(20)))
        gateway.signal(SIGTERM)
        _ = gateway.exitCode()
        #expect(!gateway.logged.joined().contains(token))
        for file in try FileManager.default.contentsOfDirectory(atPath: "\(gateway.folder.path)/data") {
            let bytes = try Data(contentsOf: URL(filePath: "\(gateway.folder.path)/data/\(file)"))
            #expect(bytes.range(of: Data(token.utf8)) == nil, "\(file)")
        }
    }

    @Test func secretsAreShownWhileTheProviderSaysSo() async throws {
        let folder = try TestFolder(starting: ["--trial"])
        let gateway = try ServingGateway(folder)
        let data = #"{"link": "https://app.example.org/reset/geheim", "name": "Ana"}"#
        let mail = #"{"to": "ana@example.org", "template": "password-reset", "data": \#(data)}"#
        let id = try #require(try await gateway.post("/v1/messages", mail, wait: 20).id)
        #expect(try await Self.page("/console/captured/\(id)/body", gateway).contains("/reset/geheim"))
        let settings = try String(contentsOfFile: folder.settingsFile, encoding: .utf8)
        try folder.write(settings.replacing("show_secrets: true", with: "show_secrets: false"))
        gateway.signal(SIGHUP)
        _ = gateway.logLine(containing: "settings were read again")
        let masked = try await Self.page("/console/captured/\(id)/body", gateway)
        #expect(!masked.contains("geheim") && masked.contains("••••••"))
    }

    @Test func everybodyIsWarnedOfIt() async throws {
        let gateway = try ServingGateway(TestFolder(starting: ["--trial"]))
        let check = try gateway.folder.run("config", "check").output
        let ready = try await gateway.get("/readyz").body
        for words in ["the provider `inbox` has `show_secrets`", "is of `kind: demo`"] {
            #expect(check.contains(words))
            #expect(ready.contains(words))
            #expect(gateway.logLine(containing: words) != nil)
        }
    }

    @Test func plainStarterShowsNoSecrets() throws {
        let folder = try TestFolder(starting: [])
        let settings = try String(contentsOfFile: folder.settingsFile, encoding: .utf8)
        #expect(!settings.contains("show_secrets") && !settings.contains("password_reset"))
        #expect(try folder.run("config", "check").output.hasSuffix("posthaste.yaml is fine\n"))
    }
}
