// SPDX-License-Identifier: Apache-2.0
import Gateway
import HTTPTypes
import JSON
import PasswordReset
import Server

/// The calls that signed-out people make.
struct ResetAPI: Sendable {
    /// Far more than an address, or a token and a password, needs.
    private static let bodyLimit = 4096

    let feature: ResetFeature
    /// The locales in which the mail can be written.
    let locales: @Sendable () -> [String]

    private typealias Answering = @Sendable (ResetFeature.Running, Call) async throws(Refusal) -> Reply

    var endpoints: [Endpoint] {
        let locales = locales
        let request = address(.post, "request") { (running, call) throws(Refusal) in
            let body = try call.json()
            try await Self.refusing { () throws(Problem) in
                try await running.service.request(body, from: ResetCaller(call, locales: locales))
            }
            return .json(["message": "If that email is registered, a reset link has been sent."])
        }
        let confirm = address(.post, "confirm") { (running, call) throws(Refusal) in
            let body = try call.json()
            try await Self.refusing { () throws(Problem) in
                try await running.service.confirm(body, from: ResetCaller(call, locales: locales))
            }
            return .json(["message": "Your password has been reset."])
        }
        let policy = address(.get, "policy") { (running, _) throws(Refusal) in
            .json([
                "min_length": .integer(running.config.settings.rules.minimumLength),
                "max_length": .integer(running.config.settings.rules.maximumLength),
                "rules": .array(await running.passwordRules().map { .string($0.sentence) }),
            ])
        }
        return request + confirm + policy
    }

    /// One call and its preflight.
    private func address(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ name: String,
        answer: @escaping Answering
    ) -> [Endpoint] {
        let path = "/api/password-reset/\(name)"
        let feature = feature
        let crossOrigin = CrossOrigin { feature.running?.config.settings.allowedOrigins ?? [] }
        let frame = EndpointFrame(
            admit: { () throws(Refusal) in _ = try Self.running(feature) },
            finish: { crossOrigin.finish($0, &$1) }
        )
        let body = method == .get ? Endpoint.Body.none : .json(limit: Self.bodyLimit)
        return [
            Endpoint(method, path, access: .open, body: body, frame: frame) { call throws(Refusal) in
                try await answer(try Self.running(feature), call)
            },
            Endpoint(.options, path, access: .open, frame: frame) { call throws(Refusal) in
                crossOrigin.preflight(call, method)
            },
        ]
    }

    private static func running(_ feature: ResetFeature) throws(Refusal) -> ResetFeature.Running {
        guard let running = feature.running else { throw Refusal(.notFound) }
        return running
    }

    private static func refusing(_ work: () async throws(Problem) -> Void) async throws(Refusal) {
        do throws(Problem) { try await work() } catch { throw Refusal(error) }
    }
}
