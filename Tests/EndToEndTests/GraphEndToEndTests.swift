// SPDX-License-Identifier: Apache-2.0
import Foundation
import FoundationNetworking
import GatewayTesting
import Testing

/// The real binary against a simulated Microsoft over real sockets.
@Suite(.timeLimit(.minutes(10))) struct GraphEndToEndTests {
    private static let account = "noreply@example.org"
    private static let mail =
        #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello", "from": "noreply@example.org"}"#

    private static func folder(_ server: StandInGraphServer, _ more: String) throws -> TestFolder {
        let settings =
            "kind: graph, account: \(account), client_id: \(server.graph.app.id), token_url: \"\(server.tokenURL)\", "
            + "api_url: \"\(server.origin)\", \(more)"
        return try TestFolder(providers: "office: { \(settings) }", via: "office")
    }

    @Test func anOwnersConsentIsKeptAndRenewed() async throws {
        let server = try StandInGraphServer()
        defer { server.stop() }
        let folder = try Self.folder(server, "tokens: database, client_secret: standin~secret-1")
        let process = Posthaste.process(["tokens", "authorize", "office"], in: folder.path)
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        let lines = LineReader(output.fileHandleForReading)
        try process.run()
        let page = try #require(lines.line(containing: "/oauth2/v2.0/authorize?"))
        let url = try #require(URL(string: page.trimmingCharacters(in: .whitespaces)))
        let location = try #require(URL(string: try await Redirects.location(of: url)))
        _ = try await URLSession.shared.data(from: location)
        let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(words)")
        // Each renewal replaces the refresh token.
        for _ in 0..<2 { #expect(try folder.run("tokens", "refresh", "office").code == 0) }
        let check = try folder.run("providers", "check")
        #expect(check.code == 0, "\(check.output)")
        let gateway = try ServingGateway(folder)
        let sent = try await gateway.post("/v1/messages", Self.mail, wait: 30)
        #expect(sent.body.contains(#""state":"sent""#), "\(sent.body)")
        #expect(server.graph.sent.map(\.recipients) == [["ana@example.org"]])
        server.change { $0.revokeGrants() }
        let refused = try folder.run("tokens", "refresh", "office")
        #expect(refused.code == 1 && refused.errors.contains("posthaste tokens authorize office"), "\(refused.errors)")
        let token = server.change { $0.grant(Self.account) }
        let file = "\(folder.path)/token.json"
        try #"{"refresh_token":"\#(token)"}"#.write(toFile: file, atomically: true, encoding: .utf8)
        let imported = try folder.run(
            "tokens",
            "import",
            "--provider",
            "graph",
            "--account",
            Self.account,
            "--force",
            "token.json"
        )
        #expect(imported.code == 0, "\(imported.errors)")
        #expect(try folder.run("tokens", "refresh", "office").code == 0)
    }

    @Test func anAppsExpiredSecretIsSaid() async throws {
        let server = try StandInGraphServer()
        defer { server.stop() }
        let folder = try Self.folder(server, "tokens: client-credentials, client_secret: standin~secret-1")
        let check = try folder.run("providers", "check")
        #expect(check.code == 0, "\(check.output)")
        let consent = try folder.run("tokens", "authorize", "office")
        #expect(consent.code == 1 && consent.errors.contains("needs no consent"), "\(consent.errors)")
        server.change { $0.app.isSecretExpired = true }
        let expired = try folder.run("providers", "check")
        #expect(expired.code == 1 && expired.output.contains("make a new secret"), "\(expired.output)")
        #expect(!"\(expired.output)\(expired.errors)".contains("standin~secret-1"))
    }
}
