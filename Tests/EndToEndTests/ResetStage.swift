// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Foundation
import FoundationNetworking
import GatewayTesting
import JSON
import Synchronization
import Testing

/// A gateway's settings with password reset on: a simulated Keycloak, a mail server that keeps its mail, and the shipped
/// templates.
final class ResetStage: Sendable {
    struct Answer: Sendable {
        let status: Int
        let body: String
        let fields: [String: String]
    }

    static let password = "correct horse battery"

    let server: StandInKeycloakServer
    let sink: ScriptedSMTP
    let folder: TestFolder
    let publicPort: Int
    let session: URLSession

    init(_ users: [StandInKeycloak.User] = ResetStage.users, script: SMTPScript = SMTPScript()) throws {
        let clock: Clock = { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        let keycloak = StandInKeycloak(StandInKeycloak.State(users: users), clock: clock) { try JSONReader.read($0) }
        server = try StandInKeycloakServer(keycloak, clock: clock)
        sink = try ScriptedSMTP(script)
        folder = try TestFolder()
        try FileManager.default.removeItem(atPath: "\(folder.path)/templates")
        try TemplatesFolder.copyShipped(to: folder.path)
        publicPort = try LoopbackPort.free()
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = 16
        session = URLSession(configuration: configuration)
        try configure()
    }

    deinit {
        session.invalidateAndCancel()
        server.stop()
        sink.stop()
    }

    static let users = [
        StandInKeycloak.User("u-ana", email: "ana@example.org", firstName: "Ana"),
        StandInKeycloak.User("u-banana", email: "banana@example.org"),
    ]

    /// Writes settings; `reset` are members of `password_reset`, `more` other lines.
    func configure(reset: String = "", relay: Int? = nil, more: String = "") throws {
        let relay = "{ kind: smtp, url: \"smtp://127.0.0.1:\(relay ?? sink.port)\", starttls: never }"
        let section = """
            public_listen: 127.0.0.1:\(publicPort)
            password_reset:
              brand: westside
              link: https://app.westside.example/reset-password?token={token}
              directory: { kind: keycloak, url: "\(server.origin)", realm: westside, client_id: posthaste, client_secret: s3cret }
              allowed_origins: [https://app.westside.example]
              limits: { per_address: 1000/1h, per_client: 100000/1h, global: 100000/1h }
              \(reset)
            \(more)
            """
        try folder.write(folder.settings(providers: "relay: \(relay)", via: "relay", more: section))
    }

    var keycloak: StandInKeycloak.State { server.keycloak.state.withLock(\.self) }

    func change(_ body: (inout StandInKeycloak.State) -> Void) { server.keycloak.state.withLock { body(&$0) } }

    func post(
        _ path: String,
        _ body: String,
        type: String? = "application/json",
        fields: [String: String] = [:],
        port: Int? = nil
    ) async throws -> Answer {
        var fields = fields
        fields["Content-Type"] = type
        return try await ask("POST", path, fields, Data(body.utf8), port: port)
    }

    func ask(
        _ method: String,
        _ path: String,
        _ fields: [String: String] = [:],
        _ body: Data? = nil,
        port: Int? = nil
    ) async throws -> Answer {
        let url = try #require(URL(string: "http://127.0.0.1:\(port ?? folder.port)\(path)"))
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        for (name, value) in fields { request.setValue(value, forHTTPHeaderField: name) }
        let (content, response) = try await session.data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        let answered = answer.allHeaderFields.map { ("\($0.key)".lowercased(), "\($0.value)") }
        return Answer(
            status: answer.statusCode,
            body: String(decoding: content, as: UTF8.self),
            fields: Dictionary(answered) { first, _ in first }
        )
    }

    func request(_ email: String) async throws -> Answer {
        try await post("/api/password-reset/request", #"{"email": "\#(email)"}"#)
    }

    func confirm(_ token: String, _ password: String = ResetStage.password) async throws -> Answer {
        try await post("/api/password-reset/confirm", #"{"token": "\#(token)", "new_password": "\#(password)"}"#)
    }

    /// Requests a link, waits for its mail, and returns the token in it.
    func token(for email: String = "ana@example.org") async throws -> String {
        let count = sink.mails.count
        #expect(try await request(email).status == 200)
        return try await Self.token(in: mail(count))
    }

    /// Waits for the mail with this number.
    func mail(_ number: Int) async throws -> String {
        try #require(await comesTrue { sink.mails.count > number })
        return sink.mails[number].text.replacing("=\r\n", with: "").replacing("=3D", with: "=")
    }

    static func token(in mail: String) throws -> String {
        let found = try #require(mail.firstRange(of: "reset-password?token="), "\(mail)")
        return String(mail[found.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
    }
}
