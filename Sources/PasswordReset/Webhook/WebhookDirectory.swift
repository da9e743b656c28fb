// SPDX-License-Identifier: Apache-2.0
import Crypto
package import Gateway
package import JSON

/// Users behind a program of the operator's: three calls to one address, each signed.
///
/// | `type` | more | answer |
/// |---|---|---|
/// | `user.find` | `email` | 200 `{"user": {"id", "email", "name"?}}`, or `{"user": null}` |
/// | `password.set` | `id`, `password` | 204; 422 `{"rules": ["…"]}` when the password is refused; 404 when the user is gone |
/// | `sessions.end` | `id` | 204 |
///
/// The signature is that of Standard Webhooks (https://www.standardwebhooks.com): headers `webhook-id`, `webhook-timestamp` and
/// `webhook-signature`, the last one `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
package struct WebhookDirectory: Directory {
    private let url: HTTPURL
    private let secret: Secret
    private let client: any HTTPClient
    private let ids: IDs
    private let clock: Clock
    private let parse: @Sendable ([UInt8]) throws -> JSON

    package init(
        url: HTTPURL,
        secret: Secret,
        client: any HTTPClient,
        ids: IDs,
        clock: @escaping Clock,
        parse: @escaping @Sendable ([UInt8]) throws -> JSON
    ) {
        self.url = url
        self.secret = secret
        self.client = client
        self.ids = ids
        self.clock = clock
        self.parse = parse
    }

    package func user(with address: EmailAddress) async throws(DirectoryFailure) -> DirectoryUser? {
        let answer = try await call(["type": "user.find", "email": .string(address.description)])
        guard let user = answer["user"], !user.isNull else { return nil }
        guard let id = user["id"]?.string, let text = user["email"]?.string,
            let stored = try? EmailAddress(parsing: text)  // An address we cannot write gets no mail.
        else { throw .unavailable("its user has no `id` or no `email` that can be mailed") }
        guard stored.canonical == address.canonical else { return nil }
        return DirectoryUser(id: id, address: stored, name: user["name"]?.string.flatMap { $0.isEmpty ? nil : $0 })
    }

    package func setPassword(_ password: Secret, of userID: String) async throws(DirectoryFailure) {
        _ = try await call(["type": "password.set", "id": .string(userID), "password": .string(password.exposed)])
    }

    package func endSessions(of userID: String) async throws(DirectoryFailure) {
        _ = try await call(["type": "sessions.end", "id": .string(userID)])
    }

    /// It tells none beforehand.
    package func passwordRules() async throws(DirectoryFailure) -> [String] { [] }

    private func call(_ content: JSON) async throws(DirectoryFailure) -> JSON {
        let response: HTTPResponse
        do throws(HTTPFailure) { response = try await client.perform(request(content.encoded())) } catch {
            throw .unavailable(error.detail)
        }
        // What is no JSON says no more than the status.
        let body = response.body.isEmpty ? JSON.null : (try? parse(response.body)) ?? .null
        switch response.status {
        case 200..<300: return body
        case 404: throw .gone
        case 422:
            let rules = body["rules"]?.array?.compactMap(\.string) ?? []
            throw .refused(rules.isEmpty ? ["It does not meet the rules of your organisation."] : rules)
        case 401, 403:
            throw .misconfigured("the directory answered \(response.status)", remedy: "check `secret` on both sides")
        default: throw .unavailable("it answered \(response.status)")
        }
    }

    private func request(_ body: [UInt8]) -> HTTPRequest {
        let id = ids.next("dir_")
        let timestamp = String(clock().milliseconds / 1000)
        let key = SymmetricKey(data: Array(secret.exposed.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(id).\(timestamp).".utf8) + body, using: key)
        return HTTPRequest(
            .post,
            url,
            headers: [
                HTTPHeader("Content-Type", "application/json"),
                HTTPHeader("webhook-id", id),
                HTTPHeader("webhook-timestamp", timestamp),
                HTTPHeader("webhook-signature", "v1,\(Base64.encode(Array(code)))"),
            ],
            body: body,
            timeout: .seconds(10)
        )
    }
}
