// SPDX-License-Identifier: Apache-2.0
package import Basics
import Delivery
import JSON
package import Mail
import Monitoring
package import Server

/// A user directory behind a program of the operator: three calls to one URL, each signed.
///
/// | `type` | more | answer |
/// |---|---|---|
/// | `user.find` | `email` | 200 `{"user": {"id", "email", "name"?}}`, or `{"user": null}` |
/// | `password.set` | `id`, `password` | 204; 422 `{"rules": ["…"]}` when the password is refused; 409 `{"reason": "…"}` when it can never be set; 404 when the user is gone |
/// | `sessions.end` | `id` | 204 |
///
/// The signature follows Standard Webhooks (https://www.standardwebhooks.com), with the headers `webhook-id`,
/// `webhook-timestamp` and `webhook-signature`. The last one is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`,
/// keyed by the bytes after `whsec_`.
package struct WebhookDirectory: Directory {
    private let url: HTTPURL
    private let secret: WebhookSecret
    private let environment: FeatureEnvironment

    package init(url: HTTPURL, secret: WebhookSecret, environment: FeatureEnvironment) {
        self.url = url
        self.secret = secret
        self.environment = environment
    }

    package func user(with address: EmailAddress) async throws(DirectoryError) -> DirectoryUser? {
        let answer: JSON
        do throws(DirectoryError) {
            answer = try await call(["type": "user.find", "email": .string(address.description)])
        } catch .gone {
            return nil
        }
        guard let user = answer["user"] else { throw .unavailable("its answer has no `user`, not even null") }
        if user.isNull { return nil }
        guard let id = user["id"]?.string, let text = user["email"]?.string,
            let stored = try? EmailAddress(parsing: text)  // An address that cannot be parsed gets no mail.
        else { throw .unavailable("its user has no `id` or no `email` that can be mailed") }
        guard stored.canonical == address.canonical else { return nil }
        return DirectoryUser(id: id, address: stored, name: user["name"]?.string.flatMap { $0.isEmpty ? nil : $0 })
    }

    package func setPassword(_ password: Secret, of userID: String) async throws(DirectoryError) {
        _ = try await call(["type": "password.set", "id": .string(userID), "password": .string(password.exposed)])
    }

    package func endSessions(of userID: String) async throws(DirectoryError) {
        _ = try await call(["type": "sessions.end", "id": .string(userID)])
    }

    /// The webhook reports no rules in advance.
    package func passwordRules() async throws(DirectoryError) -> [PasswordRule] { [] }

    private func call(_ content: JSON) async throws(DirectoryError) -> JSON {
        let response: HTTPResponse
        do throws(HTTPFailure) { response = try await environment.http.perform(request(content.encoded())) } catch {
            throw .unavailable(error.detail)
        }
        // A body that is not JSON adds nothing to the status.
        let body = response.body.isEmpty ? JSON.null : (try? environment.parse(response.body)) ?? .null
        switch response.status {
        case 200..<300: return body
        case 404: throw .gone
        case 422:
            let rules = body["rules"]?.array?.compactMap(\.string) ?? []
            throw .refused(rules.isEmpty ? [.pattern] : rules.map(PasswordRule.other))
        case 409 where content["type"]?.string == "password.set":
            let reason = String((body["reason"]?.string ?? "the directory answered 409").prefix(200))
            throw .unchangeable(reason, remedy: "the directory's own log says more of this account")
        case 401, 403:
            throw .misconfigured("the directory answered \(response.status)", remedy: "check `secret` on both sides")
        default: throw .unavailable("it answered \(response.status)")
        }
    }

    private func request(_ body: [UInt8]) -> HTTPRequest {
        let type = HTTPHeader("Content-Type", "application/json")
        let signature = secret.headers(id: environment.ids.next("dir_"), body: body, now: environment.clock())
        return HTTPRequest(.post, url, headers: [type] + signature, body: body, timeout: .seconds(10))
    }
}
