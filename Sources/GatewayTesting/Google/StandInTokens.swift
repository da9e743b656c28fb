// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
internal import Synchronization

/// A token source with tokens from the stand-in, without its token endpoint.
public final class StandInTokens: TokenSource {
    private struct State {
        var current: AccessToken?
        var given = 0
    }

    private let state = Mutex(State())
    private let issue: @Sendable () -> AccessToken

    /// Tokens for one account and these scopes; `account` is nil for a service account without a delegated user.
    public init(_ client: StandInGoogleClient, account: String?, scopes: Set<String>, clock: @escaping Clock) {
        issue = {
            let now = clock()
            let token = client.change { $0.accessToken(for: account, scopes: scopes, at: now) }
            return AccessToken(Secret(token), expiresAt: now + client.google.policy.accessTokenLife)
        }
    }

    /// The number of issued tokens.
    public var given: Int { state.withLock(\.given) }

    public func token(replacing rejected: AccessToken?) async throws(DeliveryError) -> AccessToken {
        state.withLock { state in
            if let current = state.current, current != rejected { return current }
            let token = issue()
            state.current = token
            state.given += 1
            return token
        }
    }
}
