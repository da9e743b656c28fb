// SPDX-License-Identifier: Apache-2.0
import Synchronization

extension RefreshingTokenSource {
    package nonisolated var status: TokenStatus { shown.withLock(\.self) }
    nonisolated var nextWork: Timestamp { due.withLock(\.self) }

    /// Reads the place and tells what is there, without asking anybody else.
    package func read() async -> TokenStatus {
        await load()
        var status = status
        status.refreshedAt = status.refreshedAt ?? stored?.writtenAt
        if stored == nil, status.failure == nil, parts.vault.keeps {
            status.failure = DeliveryError(
                .authentication,
                code: "oauth.no_grant",
                detail: "there is no token for \(parts.request.account) yet",
                remedy: parts.request.remedy
            )
        }
        if let failure = status.failure { status.state = failure.kind == .transient ? .failing : .dead }
        return status
    }

    /// The secret that stands for the whole grant; nil when there is none.
    package func revocable() async -> Secret? {
        await load()
        return stored?.token.refreshToken ?? stored?.token.accessToken
    }
}
