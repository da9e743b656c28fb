// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
import Synchronization

/// Keeps one account's access token valid: the one refresh flow for all vaults and grants.
///
/// Concurrent callers share one request to the endpoint, and tries are spaced. Of all gateways that share the vault,
/// one renews at a time. A new token is saved before it is used; when saving fails it is used anyway.
package actor RefreshingTokenSource: TokenSource {
    /// The dependencies of the flow.
    package struct Parts: Sendable {
        package var request: TokenRequest
        /// The vault's display name.
        var placeName: String
        var vault: any TokenVault
        var grant: any TokenGrant
        var clock: Clock
        /// Sleeps; returns at once in tests.
        var pause: @Sendable (Duration) async -> Void
        /// Called when a dead grant was replaced, or a grant was found dead.
        var onChange: @Sendable (TokenStatus) -> Void
    }

    /// While more lifetime is left no caller waits for a renewal: an endpoint that hangs delays no mail.
    private static let ample = Duration.seconds(60)

    package nonisolated let parts: Parts
    var stored: StoredToken?
    /// False before the vault was read, and when it changed and could not be read again.
    private var isLoaded = false
    private var wasLoaded = false
    /// Why the vault could not be read, and since when.
    private var loadFailure: (error: DeliveryError, since: Timestamp)?
    private var pace = RefreshSchedule()
    private var refreshedAt: Timestamp?
    /// A token that could not be saved; saving is retried.
    var unsaved: OAuthToken?
    var saveFailure: DeliveryError?
    /// True when the vault turned out to hold another grant while the previous one was renewed.
    var isGrantReplaced = false
    /// The refresh token in the vault while a newer one is not saved yet.
    private(set) var replacedRefreshToken: Secret?
    private var renewal: Task<Result<AccessToken, DeliveryError>, Never>?
    nonisolated let shown: Mutex<TokenStatus>
    /// When background work is next due, readable without waiting for the actor.
    nonisolated let due: Mutex<Timestamp>

    init(_ parts: Parts) {
        self.parts = parts
        let request = parts.request
        shown = Mutex(
            TokenStatus(
                provider: request.provider,
                kind: request.kind,
                account: request.account,
                place: parts.placeName,
                state: .good
            )
        )
        due = Mutex(Timestamp(milliseconds: 0))
    }

    package func token(replacing rejected: AccessToken?) async throws(DeliveryError) -> AccessToken {
        if let good = usable(otherThan: rejected), !needsRenewal || good.expiresAt - parts.clock() > Self.ample {
            return good
        }
        return try await renewed(otherThan: rejected)
    }

    /// Renews now, whatever lifetime the token has left.
    package func refresh() async throws(DeliveryError) {
        await load()
        let current = access
        pace.allow()
        _ = try await renewed(otherThan: current)
    }

    /// Background work: renews ahead of time, saves what could not be saved.
    func keep() async {
        if !isLoaded { await reload() }
        // A renewal saves by itself, and may use up the unsaved token.
        if unsaved != nil, renewal == nil { await saveAgain() }
        if needsRenewal, pace.mayTry(at: parts.clock()) {
            // The failure is kept in the status.
            _ = try? await renewed(otherThan: nil)
        }
        show()
    }

    /// The vault reports that another program changed its token.
    func changedOutside() async {
        // The renewal may have read the vault before the change.
        if let renewal { _ = await renewal.value }
        isLoaded = false
        await reload()
    }

    private func reload() async {
        let (before, wasLoaded) = (stored, wasLoaded)
        await load()
        guard isLoaded, wasLoaded else { return }
        let isOtherGrant = stored?.token.refreshToken != before?.token.refreshToken
        guard isOtherGrant || (access != nil && pace.failure != nil) else { return }
        pace.allow()
        if stored?.revision != before?.revision, usable(otherThan: nil) != nil { pace = RefreshSchedule() }
        show()
        parts.onChange(status)
    }

    // The current token

    private var access: AccessToken? {
        guard let token = stored?.token, let value = token.accessToken, let end = token.expiresAt else { return nil }
        return AccessToken(value, expiresAt: end)
    }

    private func usable(otherThan rejected: AccessToken?) -> AccessToken? {
        guard let access, access.value != rejected?.value, access.expiresAt > parts.clock() else { return nil }
        return access
    }

    private var needsRenewal: Bool {
        guard let access else { return true }
        return parts.clock() >= access.expiresAt - margin
    }

    /// Five minutes, or half of a lifetime that is no longer than that.
    private var margin: Duration {
        guard let life = stored?.token.shortLife, life <= .seconds(300) else { return .seconds(300) }
        return life / 2
    }

    func load() async {
        do throws(DeliveryError) {
            let found = try await parts.vault.load()
            (isLoaded, wasLoaded) = (true, true)
            loadFailure = nil
            take(found)
        } catch {
            loadFailure = (error, loadFailure?.since ?? parts.clock())
        }
        show()
    }

    /// Takes over what the vault holds, unless it is merely older than the unsaved token.
    private func take(_ found: StoredToken?) {
        guard let unsaved, found?.token.refreshToken == replacedRefreshToken else {
            self.unsaved = nil
            saveFailure = nil
            stored = found
            return
        }
        stored?.token = unsaved
        if let found { stored?.revision = found.revision }
    }

    // Renewing

    private func renewed(otherThan rejected: AccessToken?) async throws(DeliveryError) -> AccessToken {
        if let renewal { return try await renewal.value.get() }
        if !isLoaded {
            await load()
            if let good = usable(otherThan: rejected), !needsRenewal || !isLoaded { return good }
            if let loadFailure, !isLoaded { throw loadFailure.error }
        }
        if renewal == nil, let failure = pace.refusal(at: parts.clock()) {
            if let good = usable(otherThan: rejected) { return good }
            throw failure
        }
        let renewal = renewal ?? Task { await self.renew(otherThan: rejected) }
        self.renewal = renewal
        switch await renewal.value {
        case .success(let token): return token
        case .failure(let error):
            // The old token is valid until it expires.
            if let good = usable(otherThan: rejected) { return good }
            throw error
        }
    }

    private func renew(otherThan rejected: AccessToken?) async -> Result<AccessToken, DeliveryError> {
        defer { renewal = nil }
        let result: Result<AccessToken, DeliveryError>
        do throws(DeliveryError) {
            result = .success(try await renewUnderLock(otherThan: rejected))
            pace.succeeded(at: parts.clock())
            // The other grant has no access token yet: the next caller gets one at once.
            if isGrantReplaced { pace.allow() }
            isGrantReplaced = false
        } catch {
            result = .failure(error)
            let wasDead = status.state == .dead
            pace.failed(error, at: parts.clock())
            show()
            if status.state == .dead, !wasDead { parts.onChange(status) }
        }
        show()
        return result
    }

    private func renewUnderLock(otherThan rejected: AccessToken?) async throws(DeliveryError) -> AccessToken {
        let before = stored?.revision
        if let theirs = try await takeLock(otherThan: rejected, before: before) { return theirs }
        do throws(DeliveryError) {
            let access = try await renewHoldingLock(otherThan: rejected, before: before)
            await parts.vault.unlock()
            return access
        } catch {
            await parts.vault.unlock()
            throw error
        }
    }

    /// Waits while another gateway renews; returns its token, if it got one meanwhile.
    private func takeLock(otherThan rejected: AccessToken?, before: String?) async throws(DeliveryError) -> AccessToken?
    {
        for _ in 0..<200 {
            if await parts.vault.lock() { return nil }
            await parts.pause(.milliseconds(250))
            await load()
            if stored?.revision != before, let theirs = usable(otherThan: rejected), !needsRenewal { return theirs }
        }
        throw DeliveryError(
            .transient,
            code: "oauth.busy",
            detail: "another gateway has been renewing the token of \(parts.request.account) for too long"
        )
    }

    private func renewHoldingLock(otherThan rejected: AccessToken?, before: String?) async throws(DeliveryError)
        -> AccessToken
    {
        if let found = try await parts.vault.load() {
            take(found)
            // Another gateway was faster; its token is equally good.
            if found.revision != before, let theirs = usable(otherThan: rejected), !needsRenewal { return theirs }
        }
        let asked = stored?.token
        do throws(DeliveryError) {
            return try await finish(try await parts.grant.renew(asked))
        } catch {
            guard error.kind == .authentication, let found = try await parts.vault.load(),
                found.token.refreshToken != asked?.refreshToken
            else { throw error }
            // The dead grant was replaced during the request.
            stored = found
            return try await finish(try await parts.grant.renew(found.token))
        }
    }

    /// Saves a new token; when saving fails, the token is used anyway.
    private func finish(_ fresh: OAuthToken) async throws(DeliveryError) -> AccessToken {
        let old = stored
        let token = old?.token.renewed(by: fresh) ?? fresh
        guard let value = token.accessToken, let end = token.expiresAt else {
            throw DeliveryError(.transient, code: "oauth.answer", detail: "the token endpoint gave no access token")
        }
        refreshedAt = parts.clock()
        if unsaved == nil { replacedRefreshToken = old?.token.refreshToken }
        stored = StoredToken(
            token: token,
            revision: old?.revision ?? "",
            grantedAt: old?.grantedAt,
            warnings: old?.warnings ?? []
        )
        await save(token, replacing: old?.revision)
        return AccessToken(value, expiresAt: end)
    }

    // Status

    private func show() {
        let now = parts.clock()
        let request = parts.request
        var status = TokenStatus(
            provider: request.provider,
            kind: request.kind,
            account: request.account,
            place: parts.placeName,
            state: pace.state == .good && loadFailure != nil ? .failing : pace.state,
            expiresAt: stored?.token.expiresAt,
            refreshedAt: refreshedAt,
            grantedAt: stored?.grantedAt,
            failure: pace.failure ?? loadFailure?.error,
            since: pace.failingSince ?? loadFailure?.since,
            forecast: GrantExpiry.of(stored, hints: request.service?.hints ?? OAuthHints(), now: now),
            warnings: stored?.warnings ?? []
        )
        if let saveFailure {
            status.warnings.append(
                "a new token could not be saved and would be lost with this process: \(saveFailure.detail)"
            )
        }
        shown.withLock { [status] in $0 = status }
        let renewal = stored?.token.expiresAt.map { $0 - margin } ?? now
        let next =
            unsaved != nil
            ? now + .seconds(10)
            : isLoaded ? max(renewal, pace.nextTry) : now + (loadFailure == nil ? .zero : .seconds(2))
        due.withLock { $0 = next }
    }
}

/// Decides how often a token endpoint is called, and keeps its last failure; a pure value.
struct RefreshSchedule: Sendable {
    /// The shortest time between tries.
    static let space = Duration.seconds(10)
    private static let longest = Duration.seconds(300)

    private(set) var nextTry = Timestamp(milliseconds: 0)
    private(set) var failure: DeliveryError?
    private(set) var failingSince: Timestamp?
    private var failures = 0
    private var triedAt = Timestamp(milliseconds: 0)

    /// After a dead grant a retry is useless until an operator acts, except for one try an hour.
    var state: TokenStatus.State {
        guard let failure else { return .good }
        return failure.kind == .authentication ? .dead : .failing
    }

    func mayTry(at now: Timestamp) -> Bool { refusal(at: now) == nil }

    /// Why the endpoint may not be called now; nil when it may.
    func refusal(at now: Timestamp) -> DeliveryError? {
        // A clock that was set back must not block callers.
        guard now < nextTry, now >= triedAt else { return nil }
        return failure
            // Asking for a wait: the message stays queued, and its attempt does not count.
            ?? DeliveryError(
                .rateLimited(retryAfter: nextTry - now),
                code: "oauth.spaced",
                detail: "a token was issued a moment ago and refused; the next one is asked for at \(nextTry)"
            )
    }

    /// Something changed: the next caller may try at once.
    mutating func allow() {
        nextTry = Timestamp(milliseconds: 0)
        failures = 0
    }

    mutating func succeeded(at now: Timestamp) {
        triedAt = now
        nextTry = now + Self.space
        (failure, failingSince, failures) = (nil, nil, 0)
    }

    mutating func failed(_ error: DeliveryError, at now: Timestamp) {
        if failure == nil || failure?.kind != error.kind { failingSince = now }
        failure = error
        triedAt = now
        var pause = min(Self.space * (1 << min(failures, 6)), Self.longest)
        if case .rateLimited(let asked?) = error.kind { pause = max(pause, min(asked, .seconds(3600))) }
        nextTry = now + (error.kind == .authentication ? .seconds(3600) : pause)
        failures += 1
    }
}

extension RefreshingTokenSource {
    package nonisolated var status: TokenStatus { shown.withLock(\.self) }
    nonisolated var nextWork: Timestamp { due.withLock(\.self) }

    /// Reads the vault and returns the status, without calling the endpoint.
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

    /// The secret to revoke for the whole grant; nil when there is none.
    package func revocable() async -> Secret? {
        await load()
        return stored?.token.refreshToken ?? stored?.token.accessToken
    }
}

extension RefreshingTokenSource {
    func save(_ token: OAuthToken, replacing revision: String?) async {
        do throws(DeliveryError) {
            if let saved = try await parts.vault.save(token, replacing: revision) {
                stored?.revision = saved
            } else {
                try await merge(token)
            }
            // A newer token may have failed to save meanwhile.
            if unsaved == nil || unsaved == token { (unsaved, saveFailure) = (nil, nil) }
        } catch {
            (unsaved, saveFailure) = (token, error)
        }
    }

    /// The vault changed during the renewal: a new grant there wins, else this newer token does.
    private func merge(_ token: OAuthToken) async throws(DeliveryError) {
        let found = try await parts.vault.load()
        // A row that was resealed or edited still holds the refresh token that the new one has replaced.
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
