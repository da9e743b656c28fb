// SPDX-License-Identifier: Apache-2.0
import Foundation
import FoundationNetworking
import Testing

/// A running `posthaste serve`; ends with its last reference.
final class ServingGateway {
    struct Answer {
        let status: Int
        let body: String
        /// The header `Retry-After`.
        var retryAfter: String?

        /// The id of the message that was accepted.
        var id: String? { TestFolder.word(after: "\"id\":\"", in: body) }
        /// The state of the message.
        var state: String? { TestFolder.word(after: "\"state\":\"", in: body) }
    }

    let folder: TestFolder
    private let process: Process
    let log: LineReader
    private let output: LineReader

    /// Starts it and by default waits until it serves; `starter` is a program, with its arguments, that starts it.
    init(_ folder: TestFolder, waits: Bool = true, starter: [String] = []) throws {
        self.folder = folder
        process = Posthaste.process(["serve"], in: folder.path)
        if let program = starter.first {
            process.executableURL = URL(filePath: program)
            process.arguments = starter.dropFirst() + [Posthaste.binary.path(percentEncoded: false), "serve"]
        }
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        self.output = LineReader(output.fileHandleForReading)
        log = LineReader(errors.fileHandleForReading)
        try process.run()
        if waits { try waitUntilItServes() }
    }

    func waitUntilItServes() throws {
        try #require(output.line(containing: "Posthaste serves on") != nil, "\(log.lines)")
    }

    /// The log so far.
    var logged: [String] { log.lines }

    var isRunning: Bool { process.isRunning }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    var id: Int32 { process.processIdentifier }

    /// Waits for the next line of the log that contains `words`; nil when the process ends first.
    func logLine(containing words: String) -> String? { log.line(containing: words) }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end of the process.
    func exitCode() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    var client: Client { Client(port: folder.port, key: folder.key) }

    func get(_ path: String) async throws -> Answer { try await client.get(path) }

    func post(_ path: String, _ body: String, wait: Int = 0) async throws -> Answer {
        try await client.post(path, body, wait: wait)
    }
}

/// A client of a gateway; can be passed to other tasks.
struct Client: Sendable {
    let port: Int
    /// Empty for none.
    let key: String

    func get(_ path: String) async throws -> ServingGateway.Answer { try await ask("GET", path, "") }

    func post(
        _ path: String,
        _ body: String,
        wait: Int = 0,
        idempotencyKey: String? = nil
    ) async throws -> ServingGateway.Answer {
        try await ask("POST", path, body, wait: wait, idempotencyKey)
    }

    /// Posts `mail`, repeats it after each `Retry-After`, and waits until the message has an outcome.
    ///
    /// Returns the last answer: the message, or why there is none within `limit`.
    func outcome(of mail: String, within limit: Duration = .seconds(180)) async throws -> ServingGateway.Answer {
        let (key, deadline) = (UUID().uuidString, ContinuousClock.now + limit)
        var answer = try await post("/v1/messages", mail, wait: 30, idempotencyKey: key)
        while answer.status == 503, answer.retryAfter != nil, .now < deadline {
            try await Task.sleep(for: .milliseconds(100))
            answer = try await post("/v1/messages", mail, wait: 30, idempotencyKey: key)
        }
        guard let id = answer.id else { return answer }
        // Accepted; on a busy machine its outcome comes later.
        while answer.status != 200 || ["queued", "sending"].contains(answer.state), .now < deadline {
            try await Task.sleep(for: .milliseconds(100))
            answer = try await get("/v1/messages/\(id)")
        }
        return answer
    }

    private func ask(
        _ method: String,
        _ path: String,
        _ body: String,
        wait: Int = 0,
        _ idempotencyKey: String? = nil
    ) async throws -> ServingGateway.Answer {
        let address = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
        var request = URLRequest(url: address)
        request.httpMethod = method
        if !key.isEmpty { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
        if method == "POST" {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = Data(body.utf8)
        }
        if wait > 0 { request.setValue("wait=\(wait)", forHTTPHeaderField: "Prefer") }
        if let idempotencyKey { request.setValue(idempotencyKey, forHTTPHeaderField: "Idempotency-Key") }
        let (content, response) = try await URLSession.shared.data(for: request)
        let head = response as? HTTPURLResponse
        return ServingGateway.Answer(
            status: head?.statusCode ?? 0,
            body: String(decoding: content, as: UTF8.self),
            retryAfter: head?.value(forHTTPHeaderField: "Retry-After")
        )
    }
}
