// SPDX-License-Identifier: Apache-2.0
import Basics
import Storage
import Submission

extension APIKeyCache {
    /// A cache over the keys of an open store.
    static func overStore(_ store: OpenStore) -> APIKeyCache {
        let ids = IDs(clock: ProcessContext.clock, random: ProcessContext.random)
        return APIKeyCache(
            store: store.stores.keys,
            ids: ids,
            clock: ProcessContext.clock,
            random: ProcessContext.random
        )
    }

    /// Creates a key; empty lists allow everything.
    func make(
        name: String,
        brands: [String] = [],
        from: [String] = [],
        scopes: Set<APIKey.Scope> = []
    ) async throws(CommandFailure) -> (key: APIKey, secret: Secret) {
        try await translating(CommandFailure.init) { () async throws(Problem) in
            try await create(
                name: name,
                brands: brands.isEmpty ? nil : brands,
                from: from.isEmpty ? nil : from,
                scopes: scopes
            )
        }
    }
}
