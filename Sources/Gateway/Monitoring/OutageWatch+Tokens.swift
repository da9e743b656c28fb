// SPDX-License-Identifier: Apache-2.0

extension OutageWatch {
    /// What was last done about the tokens of each provider.
    struct TokenMemory: Sendable {
        var states: [String: TokenStatus.State] = [:]
        /// Grants that were found dead, so that each takes its provider down once.
        var dead: [String: Timestamp] = [:]
    }

    /// Takes a provider down whose grant is dead, although no mail was tried, and probes one whose tokens are good again.
    func followTokens() {
        for token in watchdog.observation.tokens {
            let before = tokenMemory.states.updateValue(token.state, forKey: token.provider)
            switch token.state {
            case .good where before != nil && before != .good: surroundings.probe(token.provider)
            case .dead: takeDown(token)
            default: break
            }
            if token.state != .dead { tokenMemory.dead[token.provider] = nil }
        }
    }

    private func takeDown(_ token: TokenStatus) {
        let since = token.since ?? watchdog.startedAt
        guard tokenMemory.dead[token.provider] != since else { return }
        tokenMemory.dead[token.provider] = since
        let status = watchdog.observation.providers.first { $0.name == token.provider }
        guard let status, status.state != .down else { return }
        let error = DeliveryError(
            .authentication,
            code: token.failure?.code ?? "oauth.no_grant",
            detail: token.failure?.detail ?? "there is no grant that is good",
            remedy: token.failure?.remedy ?? "run `posthaste tokens authorize \(token.provider)`"
        )
        surroundings.note(error, token.provider)
    }
}
