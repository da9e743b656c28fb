// SPDX-License-Identifier: Apache-2.0
import Basics
import HTTPTypes
import JSON
package import Server
import Submission

/// The endpoints of signed-out users.
package struct ResetAPI: Sendable {
    /// In bytes; an address, or a token and a password, need far less.
    private static let bodyLimit = 4096

    private let feature: ResetFeature
    private let locales: @Sendable () -> [String]

    /// `locales` are the locales of the mail.
    package init(feature: ResetFeature, locales: @escaping @Sendable () -> [String]) {
        self.feature = feature
        self.locales = locales
    }

    private typealias Answering = @Sendable (ResetFeature.Running, Call) async throws(Refusal) -> Reply

    package var endpoints: [Endpoint] {
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

    /// One endpoint and its preflight.
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
        try await translating(Refusal.init) { () async throws(Problem) in
            try await work()
        }
    }
}

extension ResetCaller {
    /// The caller of an endpoint; `locales` are the available translations.
    init(_ call: Call, locales: () -> [String]) {
        let locale = call.fields[.acceptLanguage].flatMap { AcceptLanguage.choose($0, among: locales()) }
        guard let client = call.client else {
            // The peer of a Unix socket is on this machine.
            self.init(client: "local", network: "local", locale: locale)
            return
        }
        self.init(
            client: client.description,
            network: client.client.description,
            origin: client.isLoopback ? nil : client.roughly,
            locale: locale
        )
    }
}

extension IPAddress {
    /// The client's network for display: the first three numbers of IPv4, the /48 of IPv6.
    fileprivate var roughly: String {
        let separator: Character = isIPv4 ? "." : ":"
        return description.split(separator: separator).prefix(3).joined(separator: String(separator)) + "\(separator)…"
    }
}
