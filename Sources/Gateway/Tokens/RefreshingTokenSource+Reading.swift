// SPDX-License-Identifier: Apache-2.0
import Synchronization

extension RefreshingTokenSource {
    package nonisolated var status: TokenStatus { shown.withLock(\.self) }
    nonisolated var nextWork: Timestamp { due.withLock(\.self) }

    /// Reads the place and tells what is there, without asking anybody else.
    package func read() async -> TokenStatus {
        await load()
        return status
    }

    /// The secret that stands for the whole grant; nil when there is none.
    package func revocable() async -> Secret? {
        await load()
        return stored?.token.refreshToken ?? stored?.token.accessToken
    }
}
