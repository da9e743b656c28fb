// SPDX-License-Identifier: Apache-2.0
import Gateway

/// Finds out that somebody tries addresses or tokens in great number, from what happened in the last ten minutes; a value.
struct BurstWatch: Sendable {
    static let span = Duration.seconds(600)
    /// Fewer are people who do not remember which address they used.
    static let unknownAddresses = 50
    /// A person has a handful of old mails.
    static let wrongTokens = 30
    /// A call that is refused in passing is no attack.
    static let refusedCalls = 100

    private enum Kind: Hashable {
        case unknown, token, refused
    }

    private static let step = Duration.seconds(30)
    private var counts: [(at: Timestamp, kinds: [Kind: Int])] = []
    private var since: Timestamp?

    mutating func note(_ event: ResetEvent, now: Timestamp) {
        let kind: Kind
        switch event {
        case .unknownAddress: kind = .unknown
        case .invalidToken: kind = .token
        case .overLimit: kind = .refused
        default: return
        }
        if counts.last.map({ now - $0.at >= Self.step }) ?? true { counts.append((now, [:])) }
        counts[counts.count - 1].kinds[kind, default: 0] += 1
    }

    /// What is to be told now; nil when all is quiet.
    mutating func symptom(now: Timestamp) -> Symptom? {
        counts.removeAll { now - $0.at >= Self.span }
        let total = counts.reduce(into: [Kind: Int]()) { $0.merge($1.kinds, uniquingKeysWith: +) }
        var reasons: [String] = []
        if let count = total[.unknown], count >= Self.unknownAddresses { reasons.append("\(count) unknown addresses") }
        if let count = total[.token], count >= Self.wrongTokens { reasons.append("\(count) tokens that are not valid") }
        if let count = total[.refused], count >= Self.refusedCalls { reasons.append("\(count) calls over a limit") }
        guard !reasons.isEmpty else {
            since = nil
            return nil
        }
        let begun = since ?? counts.first?.at ?? now
        since = begun
        return Symptom(
            EpisodeKey(.resetBurst),
            .warning,
            since: begun,
            title: "Somebody tries password reset in great number",
            reason: "in the last 10 minutes: \(reasons.joined(separator: ", "))",
            remedy: "look for the clients in the log, lower `password_reset.limits`, or keep them out at the proxy"
        )
    }
}
