// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import GatewayTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Mail
import Queue
import Server
import Submission

/// Calls to the fronts of a gateway in memory.
struct FrontBench {
    struct Answer {
        let status: Int
        let fields: HTTPFields
        let body: JSON
    }

    let gateway = GatewayUnderTest()

    /// Calls the server; `key` is the value of the field that carries it, nil for none.
    func call(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ path: String,
        _ body: [UInt8] = [],
        fields: [String: String]
    ) async throws -> Answer {
        var head = HTTPFields()
        for (name, value) in fields { if let name = HTTPField.Name(name) { head[name] = value } }
        let response = try await gateway.server.application.test(.router) { [head] client in
            try await client.execute(uri: path, method: method, headers: head, body: ByteBuffer(bytes: body))
        }
        let bytes = Array(response.body.readableBytesView)
        return Answer(
            status: response.status.code,
            fields: response.headers,
            body: bytes.isEmpty ? .null : try JSONReader.read(bytes)
        )
    }

    /// Calls Resend or SendGrid with a key that may do everything.
    func bearer(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ path: String,
        _ text: String = "",
        fields: [String: String] = [:]
    ) async throws -> Answer {
        let key = try await gateway.key(.send, .read, .manage)
        let own = ["Authorization": "Bearer \(key)", "Content-Type": "application/json"]
        return try await call(method, path, Array(text.utf8), fields: own.merging(fields) { $1 })
    }

    func postmark(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ path: String,
        _ text: String = ""
    ) async throws -> Answer {
        let key = try await gateway.key(.send, .read)
        let fields = ["X-Postmark-Server-Token": key, "Content-Type": "application/json"]
        return try await call(method, path, Array(text.utf8), fields: fields)
    }

    func mailgun(
        _ path: String,
        _ body: [UInt8],
        type: String = "application/x-www-form-urlencoded"
    ) async throws -> Answer {
        let basic = Base64.encode(Array("api:\(try await gateway.key(.send))".utf8))
        return try await call(.post, path, body, fields: ["Authorization": "Basic \(basic)", "Content-Type": type])
    }

    /// The stored requests, in the order in which they were accepted.
    var stored: [StoredRequest] {
        get async throws {
            try await gateway.stores.page(MessageFilter(limit: 200)).records.reversed().compactMap(\.request)
        }
    }
}

extension StoredRequest {
    /// The recipients as `to:ana@example.org`.
    var summary: [String] { recipients.map { "\($0.kind.rawValue):\($0.mailbox.display)" } }

    var literal: [String?] {
        guard case .literal(let subject, let html, let text) = content else { return [] }
        return [subject, html, text]
    }
}

/// Data that gzip made.
enum GzipSample {
    static func compressed(_ text: String) throws -> [UInt8] {
        try output(of: "printf %s '\(text)'")
    }

    /// Forty MiB of zeros.
    static func bomb() throws -> [UInt8] { try output(of: "head -c 41943040 /dev/zero") }

    private static func output(of command: String) throws -> [UInt8] {
        let program = try OutsideProgram("/bin/sh", ["-c", "\(command) | gzip | base64 -w0"], keepsErrors: false)
        return Base64.decode(try program.output()) ?? []
    }
}
