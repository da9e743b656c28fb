// SPDX-License-Identifier: Apache-2.0
package import Basics
import Synchronization

/// All token sources of a process.
///
/// Equal requests get the same source, so that a reload of the settings keeps its state, and an account is never
/// renewed twice at a time.
package final class TokenSources: Sendable {
    /// Makes the vault and the grant of a request.
    package typealias Supply = @Sendable (TokenRequest, TokenPlaces) -> (vault: any TokenVault, grant: any TokenGrant)

    private struct State {
        var sources: [TokenRequest: RefreshingTokenSource] = [:]
        /// Nil before the first look-up.
        var versions: [TokenKey: Int]?
        var marks: [TokenRequest: String] = [:]
        /// The sources requested by settings that are being read; nil while none are read.
        var draft: [TokenRequest: RefreshingTokenSource]?
        var lookedAt = Timestamp(milliseconds: 0)
        var rows = PollTimer(every: .seconds(30))
        var onChange: (@Sendable (TokenStatus) -> Void)?

        /// The existing source, marked as requested by the settings that are being read.
        mutating func known(_ request: TokenRequest) -> RefreshingTokenSource? {
            let known = draft?[request] ?? sources[request]
            if draft != nil, let known { draft?[request] = known }
            return known
        }
    }

    /// How often rows and files are checked for changes from outside.
    private static let lookInterval = Duration.milliseconds(3000)

    package let places = TokenPlaces()
    private let state = Mutex(State())
    private let supply: Supply
    private let clock: Clock
    private let pause: @Sendable (Duration) async -> Void

    package init(
        clock: @escaping Clock,
        pause: @escaping @Sendable (Duration) async -> Void,
        supply: @escaping Supply
    ) {
        self.clock = clock
        self.pause = pause
        self.supply = supply
    }

    /// Calls `told` when a grant was replaced from outside or was found dead.
    package func onChange(_ told: @escaping @Sendable (TokenStatus) -> Void) {
        state.withLock { $0.onChange = told }
    }

    /// The one source of a request; while settings are read, a new one works only when the settings are accepted.
    package func source(for request: TokenRequest) -> RefreshingTokenSource {
        if let known = state.withLock({ $0.known(request) }) { return known }
        let (vault, grant) = supply(request, places)
        let parts = RefreshingTokenSource.Parts(
            request: request,
            placeName: request.place.name,
            vault: vault,
            grant: grant,
            clock: clock,
            pause: pause
        ) { [weak self] status in self?.tell(status) }
        let made = RefreshingTokenSource(parts)
        return state.withLock { state in
            if let known = state.known(request) { return known }
            if state.draft == nil { state.sources[request] = made } else { state.draft?[request] = made }
            return made
        }
    }

    private func tell(_ status: TokenStatus) {
        state.withLock(\.onChange)?(status)
    }

    /// Reads settings: when `read` returns, the sources are those that it requested; when it throws, they are
    /// unchanged.
    package func reading<Settings, Fault>(
        _ read: () throws(Fault) -> Settings
    ) throws(Fault) -> Settings {
        state.withLock { $0.draft = [:] }
        do throws(Fault) {
            let settings = try read()
            state.withLock { state in
                state.sources = state.draft ?? state.sources
                state.draft = nil
            }
            return settings
        } catch {
            state.withLock { $0.draft = nil }
            throw error
        }
    }

    /// All sources, by the names of their providers.
    package var sources: [RefreshingTokenSource] {
        state.withLock { Array($0.sources.values) }.sorted { $0.parts.request.provider < $1.parts.request.provider }
    }

    /// All requests, in no order.
    package var requests: [TokenRequest] { state.withLock { Array($0.sources.keys) } }

    package func statuses() -> [TokenStatus] {
        state.withLock { Array($0.sources.values) }.map(\.status).sorted { $0.provider < $1.provider }
    }

    /// The source of a provider, by the operator's name for it.
    package func source(of provider: String) -> RefreshingTokenSource? {
        state.withLock { $0.sources.first { $0.key.provider == provider }?.value }
    }

    /// Runs one round of all background work and waits for its end.
    package func keep() async {
        for source in await changed() { await source.changedOutside() }
        await renew()
    }

    /// Renews and saves what is due; called about once a second.
    package func renew() async {
        let now = clock()
        let sources = state.withLock { Array($0.sources.values) }.filter { $0.nextWork <= now }
        await withDiscardingTaskGroup { group in
            for source in sources { group.addTask { await source.keep() } }
        }
    }

    /// Detects changes from outside; called about once a second.
    ///
    /// Waits for no source: one that is being renewed reads its vault afterwards.
    package func look() async {
        for source in await changed() { Task { await source.changedOutside() } }
    }

    /// The sources whose vault was changed from outside: one query for all rows, one check of each file.
    private func changed() async -> [RefreshingTokenSource] {
        let now = clock()
        let isDue = state.withLock { state in
            // Also after the clock was set back.
            guard abs((now - state.lookedAt).milliseconds) >= Self.lookInterval.milliseconds else { return false }
            state.lookedAt = now
            return true
        }
        guard isDue else { return [] }
        var changed: [RefreshingTokenSource] = []
        let sources = state.withLock { $0.sources }
        let usesRows = sources.keys.contains { $0.key != nil }
        let announced = places.changes
        if usesRows, state.withLock({ $0.rows.isDue(announced, now: now) }), let versions = await places.versions() {
            let before = state.withLock { state in
                defer { state.versions = versions }
                return state.versions
            }
            for (request, source) in sources {
                guard let before, let key = request.key, versions[key] != before[key] else { continue }
                changed.append(source)
            }
        }
        for (request, source) in sources {
            guard let mark = source.parts.vault.mark else { continue }
            let before = state.withLock { state in
                defer { state.marks[request] = mark }
                return state.marks[request]
            }
            if before != nil, before != mark { changed.append(source) }
        }
        return changed
    }
}
