// SPDX-License-Identifier: Apache-2.0

extension RefreshingTokenSource {
    func save(_ token: OAuthToken, replacing revision: String?) async {
        do throws(DeliveryError) {
            if let saved = try await parts.vault.save(token, replacing: revision) {
                stored?.revision = saved
            } else {
                try await merge(token)
            }
            // A newer one may have failed meanwhile.
            if unsaved == nil || unsaved == token { (unsaved, saveFailure) = (nil, nil) }
        } catch {
            (unsaved, saveFailure) = (token, error)
        }
    }

    /// The place was changed while we renewed: a new grant there wins, else our newer token does.
    private func merge(_ token: OAuthToken) async throws(DeliveryError) {
        let found = try await parts.vault.load()
        // A row that was sealed anew or edited still holds the refresh token that ours has replaced.
        let ours = [nil, token.refreshToken, replacedRefreshToken]
        guard ours.contains(found?.token.refreshToken) else {
            stored = found
            isGrantReplaced = true
            return
        }
        let merged = found?.token.renewed(by: token) ?? token
        guard let saved = try await parts.vault.save(merged, replacing: found?.revision) else {
            throw DeliveryError(.transient, code: "oauth.contended", detail: "it is changed by others all the time")
        }
        stored?.token = merged
        stored?.revision = saved
    }

    func saveAgain() async {
        guard let token = unsaved else { return }
        await save(token, replacing: stored?.revision)
    }
}
