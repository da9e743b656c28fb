// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import FoundationNetworking
import GatewayTesting
import Testing

/// The real binary against a simulated Google over real sockets.
@Suite(.timeLimit(.minutes(10))) struct GmailEndToEndTests {
    private static let account = "noreply@example.org"
    private static let send = "https://www.googleapis.com/auth/gmail.send"
    private static let mail =
        #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello", "from": "noreply@example.org"}"#

    private static func google() throws -> StandInGoogleServer {
        try StandInGoogleServer(StandInGoogle(clients: [.sample], accounts: [GoogleAccount(account)]))
    }

    private static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    private static func provider(_ google: StandInGoogleServer, tokens: String) -> String {
        "gmail: { kind: gmail, account: \(account), tokens: \"\(tokens)\", credentials: client.json, "
            + "api_url: \"\(google.origin)\", limits: { per_second: 100 } }"
    }

    private static func folder(_ google: StandInGoogleServer, tokens: String = "database") throws -> TestFolder {
        let folder = try TestFolder(providers: provider(google, tokens: tokens), via: "gmail")
        try GoogleClient.sample.file(origin: google.origin)
            .write(toFile: "\(folder.path)/client.json", atomically: true, encoding: .utf8)
        return folder
    }

    /// Writes a token file of a new grant.
    private static func grant(_ google: StandInGoogleServer, to path: String) throws {
        let token = google.change { $0.grant(account, scopes: [send], at: now) }
        try #"{"refresh_token":"\#(token)","mine":"kept"}"#.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// Imports the grant of `token.json` into the database.
    private static func importToken(_ folder: TestFolder) throws -> Posthaste.Result {
        try folder.run("tokens", "import", "--provider", "gmail", "--account", account, "token.json")
    }

    @Test func deadGrantParksMailUntilANewOneIsImportedWithoutARestart() async throws {
        let google = try Self.google()
        defer { google.stop() }
        let folder = try Self.folder(google)
        let file = "\(folder.path)/token.json"
        try Self.grant(google, to: file)
        let imported = try Self.importToken(folder)
        #expect(imported.code == 0, "\(imported.errors)")
        let again = try Self.importToken(folder)
        #expect(again.output.contains("has this grant already"))
        let gateway = try ServingGateway(folder)
        let first = try await gateway.post("/v1/messages", Self.mail, wait: 30)
        #expect(first.body.contains(#""state":"sent""#), "\(first.body)")
        #expect(google.google.sent.first?.recipients == ["ana@example.org"])

        google.change { $0.revokeGrants(of: Self.account) }
        google.change { $0.forgetAccessTokens() }
        let second = try await gateway.post("/v1/messages", Self.mail)
        let id = try #require(TestFolder.word(after: "\"id\":\"", in: second.body))
        #expect(try await comesTrue { try await gateway.get("/v1/messages/\(id)").body.contains(#""state":"parked""#) })
        let ready = try await gateway.get("/readyz")
        #expect(ready.status == 503)
        let providers = try await gateway.get("/v1/providers").body
        #expect(providers.contains("posthaste tokens authorize gmail"), "\(providers)")
        #expect(providers.contains(#""state":"dead""#))
        let check = try folder.run("providers", "check")
        #expect(check.code == 1)
        #expect(check.output.contains("posthaste tokens authorize gmail"), "\(check.output)")

        try Self.grant(google, to: file)
        let replaced = try Self.importToken(folder)
        #expect(replaced.code == 0, "\(replaced.errors)")
        #expect(try await comesTrue { try await gateway.get("/v1/messages/\(id)").body.contains(#""state":"sent""#) })
        let message = try await gateway.get("/v1/messages/\(id)").body
        #expect(message.contains(#""attempts":1"#), "\(message)")
        #expect(google.google.sent.count == 2)
    }

    @Test func tokenFileIsRenewedInItsOwnForm() async throws {
        let google = try Self.google()
        defer { google.stop() }
        let folder = try Self.folder(google, tokens: "file:token.json")
        try Self.grant(google, to: "\(folder.path)/token.json")
        let refreshed = try folder.run("tokens", "refresh", "gmail")
        #expect(refreshed.code == 0, "\(refreshed.errors)")
        let text = try String(contentsOfFile: "\(folder.path)/token.json", encoding: .utf8)
        #expect(text.contains(#""mine": "kept""#) && text.contains("access_token"), "\(text)")
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/token.json")
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect(try folder.run("providers", "check").code == 0)
        let doctor = try folder.run("doctor")
        #expect(doctor.output.contains("tokens"), "\(doctor.output)")
    }

    @Test(arguments: ["database", "file:token.json"])
    func processesThatRenewAtOnceAskOnceEvenWhereRefreshTokensRotate(tokens: String) throws {
        let google = try Self.google()
        defer { google.stop() }
        google.change { $0.policy.rotatesRefreshTokens = true }
        let folder = try Self.folder(google, tokens: tokens)
        try Self.grant(google, to: "\(folder.path)/token.json")
        if tokens == "database" {
            let result = try Self.importToken(folder)
            #expect(result.code == 0, "\(result.errors)")
        }
        let processes = try (0..<4).map { _ in
            let process = Posthaste.process(["tokens", "refresh", "gmail"], in: folder.path)
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            return process
        }
        for process in processes { process.waitUntilExit() }
        #expect(processes.map(\.terminationStatus) == [0, 0, 0, 0])
        // The next caller finds a valid grant.
        #expect(try folder.run("tokens", "refresh", "gmail").code == 0)
    }

    @Test(arguments: [true, false])
    func consentIsAskedForInABrowser(isPasted: Bool) async throws {
        let google = try Self.google()
        defer { google.stop() }
        let folder = try Self.folder(google)
        let process = Posthaste.process(
            ["tokens", "authorize", "gmail"] + (isPasted ? ["--no-browser"] : []),
            in: folder.path
        )
        let (output, errors, input) = (Pipe(), Pipe(), Pipe())
        (process.standardOutput, process.standardError, process.standardInput) = (output, errors, input)
        let lines = LineReader(output.fileHandleForReading)
        try process.run()
        let page = try #require(lines.line(containing: "/o/oauth2/v2/auth?"))
        let url = try #require(URL(string: page.trimmingCharacters(in: .whitespaces)))
        if isPasted {
            let location = try await Redirects.location(of: url)
            try input.fileHandleForWriting.write(contentsOf: Data("\(location)\n".utf8))
        } else {
            let location = try #require(URL(string: try await Redirects.location(of: url)))
            let (body, _) = try await URLSession.shared.data(from: location)
            #expect(String(decoding: body, as: UTF8.self).contains("Go back to the terminal"))
        }
        process.waitUntilExit()
        #expect(
            process.terminationStatus == 0,
            "\(String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self))"
        )
        #expect(try folder.run("tokens", "refresh", "gmail").code == 0)
        let list = try folder.run("tokens", "list", "--json")
        #expect(list.output.contains(#""state":"good""#) && list.output.contains(Self.account), "\(list.output)")
        #expect(!list.output.contains("1//0g"))
    }

    /// The file holds two other credentials, and it is not known which one to replace.
    @Test func consentThatCouldNotBeKeptIsNotAskedFor() throws {
        let google = try Self.google()
        defer { google.stop() }
        let folder = try Self.folder(google, tokens: "file:store.json")
        let others = ["ana", "bo"].map { name in
            #"{"key":{"key":"\#(name)@example.org"},"credential":{"refresh_token":"r-\#(name)"}}"#
        }
        let store = #"{"file_version":1,"data":[\#(others.joined(separator: ","))]}"#
        try store.write(toFile: "\(folder.path)/store.json", atomically: true, encoding: .utf8)
        let result = try folder.run("tokens", "authorize", "gmail", "--no-browser")
        #expect(result.code == 1 && result.output.isEmpty, "\(result.output)")
        #expect(result.errors.contains("give this account a token file of its own"), "\(result.errors)")
    }

    @Test func consentOfSomebodyElseOrWithoutTheRightToSendIsRefused() async throws {
        let google = try Self.google()
        defer { google.stop() }
        google.change { $0.accounts.append(GoogleAccount("other@example.org")) }
        let folder = try Self.folder(google)
        for change in ["other", "unticked"] {
            google.change { google in
                google.policy.consentingAccount = change == "other" ? "other@example.org" : nil
                google.policy.tickedScopes = change == "unticked" ? ["openid", "email"] : nil
            }
            let process = Posthaste.process(["tokens", "authorize", "gmail"], in: folder.path)
            let (output, errors) = (Pipe(), Pipe())
            (process.standardOutput, process.standardError) = (output, errors)
            let lines = LineReader(output.fileHandleForReading)
            try process.run()
            let page = try #require(lines.line(containing: "/o/oauth2/v2/auth?"))
            let url = try #require(URL(string: page.trimmingCharacters(in: .whitespaces)))
            let location = try #require(URL(string: try await Redirects.location(of: url)))
            _ = try await URLSession.shared.data(from: location)
            let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 1)
            #expect(
                words.contains(change == "other" ? "other@example.org has consented" : "right to send was not granted"),
                "\(words)"
            )
        }
        #expect(try folder.run("tokens", "refresh", "gmail").code == 1)
    }
}

/// Requests a page and does not follow redirects.
final class Redirects: NSObject, URLSessionTaskDelegate {
    static func location(of url: URL) async throws -> String {
        let session = URLSession(configuration: .ephemeral, delegate: Redirects(), delegateQueue: nil)
        let (_, response) = try await session.data(from: url)
        return try #require((response as? HTTPURLResponse)?.value(forHTTPHeaderField: "Location"))
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
