// SPDX-License-Identifier: Apache-2.0

extension RefreshingTokenSource {
    func save(_ token: OAuthToken, replacing revision: String?) async {
        do throws(DeliveryError) {
            if let saved = try await parts.vault.save(token, replacing: revision) {
                stored?.revision = saved
            } else {
                try await merge(token)
            }
            (unsaved, saveFailure) = (nil, nil)
        } catch {
            (unsaved, saveFailure) = (token, error)
        }
    }

    /// The place was changed while we renewed: a new grant there wins, else our newer token does.
    private func merge(_ token: OAuthToken) async throws(DeliveryError) {
        guard let found = try await parts.vault.load() else {
            if let saved = try await parts.vault.save(token, replacing: nil) { stored?.revision = saved }
            return
        }
        let isOurs = found.token.refreshToken == nil || found.token.refreshToken == token.refreshToken
        guard isOurs else {
            // Ours is used until it ends; the next renewal takes the new grant.
            stored = found
            return
        }
        if let saved = try await parts.vault.save(token, replacing: found.revision) { stored?.revision = saved }
    }

    func saveAgain() async {
        guard let token = unsaved else { return }
        await save(token, replacing: stored?.revision)
    }
}
