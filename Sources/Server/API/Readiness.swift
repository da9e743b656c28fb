// SPDX-License-Identifier: Apache-2.0
internal import JSON
package import Queue
internal import Synchronization

/// Whether the gateway can accept and deliver mail.
package struct Readiness: Sendable, Hashable {
    /// Why the gateway is not ready; empty when it is.
    package var reasons: [String]
    package var warnings: [String]

    package init(reasons: [String] = [], warnings: [String] = []) {
        self.reasons = reasons
        self.warnings = warnings
    }

    /// Evaluates the store, the routes and the providers.
    ///
    /// The reasons contain provider names and states only, and no secrets.
    package init(
        isStoreReachable: Bool,
        storeFault: String?,
        routes: Routes,
        statuses: [ProviderStatus],
        warnings others: [String]
    ) {
        self.init(isStoreReachable: isStoreReachable, storeFault: storeFault)
        warnings = others
        let states = Dictionary(statuses.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (position, route) in routes.routes.enumerated()
        where !route.via.contains(where: { states[$0]?.isUsable ?? false }) {
            let all = route.via.map { "\($0) is \(states[$0].map(Self.word) ?? "not set up")" }.joined(separator: ", ")
            reasons.append("route \(position + 1): no provider can be used (\(all))")
        }
        for status in statuses where status.state != .up {
            warnings.append("provider \(status.name) is \(Self.word(status))")
        }
    }

    /// Evaluates the store alone; `storeFault` describes its fault, if known.
    init(isStoreReachable: Bool, storeFault: String?) {
        let words = storeFault.map { "the store cannot be used: \($0)" }
        self.init(reasons: isStoreReachable && words == nil ? [] : [words ?? Self.storeIsGone])
    }

    static let storeIsGone = "the store cannot be reached"

    var reply: Reply {
        .json(
            .object(
                JSONObject([
                    ("status", .string(reasons.isEmpty ? "ready" : "unready")),
                    ("reasons", .array(reasons.map(JSON.string))),
                    ("warnings", .array(warnings.map(JSON.string))),
                ])
            ),
            status: reasons.isEmpty ? 200 : 503
        )
    }

    private static func word(_ status: ProviderStatus) -> String {
        switch status.state {
        case .up: "up"
        case .paused: "paused"
        case .down: "down"
        case .open: "down (failed several times in a row, is probed)"
        case .halfOpen: "on probation"
        case .limited: "at its limit"
        }
    }
}

/// Checks whether the store answers: at most once in half a second for all callers, with a time limit.
package actor StoreProbe {
    private static let freshFor = Duration.milliseconds(500)

    private let isReachable: @Sendable () async -> Bool
    private let patience: Duration
    private var last: (at: ContinuousClock.Instant, answer: Bool)?
    private var running: Task<Bool, Never>?

    /// A store that does not answer within `patience` counts as unreachable.
    package init(patience: Duration = .seconds(3), isReachable: @escaping @Sendable () async -> Bool) {
        self.patience = patience
        self.isReachable = isReachable
    }

    package func answer() async -> Bool {
        if let last, ContinuousClock.now - last.at < Self.freshFor { return last.answer }
        if let running { return await running.value }
        let (isReachable, patience) = (isReachable, patience)
        let probe = Task { await Self.first(isReachable, patience) }
        running = probe
        let answer = await probe.value
        last = (.now, answer)
        running = nil
        return answer
    }

    /// A query to a dead store may never return, so the result does not wait for its end.
    private static func first(_ isReachable: @escaping @Sendable () async -> Bool, _ patience: Duration) async -> Bool {
        let (answers, continuation) = AsyncStream.makeStream(of: Bool.self)
        let question = Task { continuation.yield(await isReachable()) }
        let alarm = Task {
            // The sleep is cancelled when the store answers first.
            if (try? await Task.sleep(for: patience)) != nil { continuation.yield(false) }
        }
        defer {
            question.cancel()
            alarm.cancel()
        }
        for await answer in answers { return answer }
        return false
    }
}
