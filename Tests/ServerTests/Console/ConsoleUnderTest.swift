// SPDX-License-Identifier: Apache-2.0
import Basics
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Mail
import Queue
import Server
import Submission

/// A gateway and a browser: it keeps the cookie, and sends the token of the last page.
final class ConsoleUnderTest {
    struct Answer {
        let status: Int
        let fields: HTTPFields
        let text: String
    }

    let gateway: GatewayUnderTest
    private let application: any ApplicationProtocol
    var cookie: String?
    private(set) var token = ""

    init() {
        gateway = GatewayUnderTest()
        application = gateway.server.application
    }

    /// Signs in with a new key.
    func signIn(_ scopes: APIKey.Scope..., brands: [String]? = nil, from: [String]? = nil) async throws -> APIKey {
        let (key, secret) = try await gateway.ring.create(
            name: "test",
            brands: brands,
            from: from,
            scopes: Set(scopes)
        )
        let answer = try await post("/console/login", ["key": secret.exposed])
        guard answer.status == 200, cookie != nil else { throw NotSignedIn(said: answer.text) }
        return key
    }

    struct NotSignedIn: Error { let said: String }

    func get(_ path: String, _ fields: HTTPFields = [:]) async throws -> Answer {
        let answer = try await ask(.get, path, fields, nil)
        if let found = answer.text.firstRange(of: "name=\"token\" value=\"") {
            token = String(answer.text[found.upperBound...].prefix { $0 != "\"" })
        }
        return answer
    }

    /// Sends a form with the token of the last page, unless `form` has another one.
    func post(_ path: String, _ form: [String: String] = [:], _ fields: HTTPFields = [:]) async throws -> Answer {
        var form = form
        if form["token"] == nil { form["token"] = token }
        let body = form.map { "\($0.key)=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
        var fields = fields
        fields[.contentType] = "application/x-www-form-urlencoded"
        return try await ask(.post, path, fields, body)
    }

    private func ask(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ path: String,
        _ fields: HTTPFields,
        _ body: String?
    ) async throws -> Answer {
        var fields = fields
        if let cookie { fields[.cookie] = "other=1; posthaste_console=\(cookie)" }
        let answer = try await application.test(.router) { [fields] client in
            try await client.execute(
                uri: path,
                method: method,
                headers: fields,
                body: body.map { ByteBuffer(string: $0) }
            )
        }
        if let set = answer.headers[.setCookie], let value = set.split(separator: ";").first?.split(separator: "=") {
            cookie = value.count == 2 ? String(value[1]) : nil
        }
        return Answer(status: answer.status.code, fields: answer.headers, text: String(buffer: answer.body))
    }

    /// Stores a message.
    func put(
        _ id: String,
        _ state: MessageState,
        subject: String = "Hello",
        brand: String = "default",
        provider: String = "relay"
    ) throws {
        let box = Mailbox(try EmailAddress(parsing: "ana@example.org"))
        let moment = gateway.now.now
        gateway.stores.put(
            MessageRecord(
                id: id,
                state: state,
                priority: .normal,
                createdAt: moment,
                updatedAt: moment,
                due: nil,
                agedFrom: moment,
                parkedAt: nil,
                keyID: nil,
                provider: provider,
                providerMessageID: nil,
                attempts: 1,
                passes: 0,
                failure: nil,
                request: StoredRequest(
                    from: box,
                    recipients: [Recipient(box)],
                    content: .literal(subject: subject, html: "<p>Hello</p>", text: "Hello"),
                    brand: brand
                ),
                sealedSecrets: nil,
                recipients: [RecipientStatus(address: box.address, kind: .to)],
                brand: brand,
                category: nil,
                events: [MessageEvent(at: moment, kind: .failed, provider: provider, detail: "550 <b>no</b>")]
            )
        )
    }
}
