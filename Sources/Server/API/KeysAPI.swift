// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import JSON
package import Logging
package import Submission

/// Endpoints that list, create and revoke API keys.
package struct KeysAPI: Sendable {
    private let keys: APIKeyCache
    private let brandNames: @Sendable () -> [String]
    private let logger: Logger

    /// `brandNames` returns the existing brands.
    package init(keys: APIKeyCache, brandNames: @escaping @Sendable () -> [String], logger: Logger) {
        self.keys = keys
        self.brandNames = brandNames
        self.logger = logger
    }

    package var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/keys", access: .key(.manage), answer: list),
            Endpoint(.post, "/v1/keys", access: .key(.manage), body: .json(limit: 64 * 1024), answer: create),
            Endpoint(.delete, "/v1/keys/{id}", access: .key(.manage), answer: revoke),
        ]
    }

    private func list(_ call: Call) async throws(Refusal) -> Reply {
        try await translating(Refusal.init) { () async throws(StoreError) in
            .json(KeyView.list(try await keys.keys(for: call.principal)))
        }
    }

    private func create(_ call: Call) async throws(Refusal) -> Reply {
        let body = try call.json()
        let (key, secret) = try await translating(Refusal.init) { () async throws(Problem) in
            let grant = try KeyGrant(body, for: call.principal)
            return try await keys.create(grant, by: call.principal, brandNames: brandNames())
        }
        logger.notice(
            "an API key was made",
            metadata: ["key": "\(key.id)", "name": "\(key.name)", "by": "\(call.principal.actor)"]
        )
        var view = KeyView.key(key)
        view["secret"] = .string(secret.exposed)
        return .json(.object(view), status: 201)
    }

    private func revoke(_ call: Call) async throws(Refusal) -> Reply {
        let id = call.parameter("id")
        let isRevoked = try await translating(Refusal.init) { () async throws(StoreError) in
            try await keys.revoke(id, by: call.principal)
        }
        guard isRevoked else { throw Refusal(.notFound("There is no key of this id that could be revoked.")) }
        logger.notice("an API key was revoked", metadata: ["key": "\(id)", "by": "\(call.principal.actor)"])
        return Reply(status: 204)
    }
}
