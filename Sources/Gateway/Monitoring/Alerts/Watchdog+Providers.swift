// SPDX-License-Identifier: Apache-2.0
import JSON

/// What a gateway sees of its providers.
extension Watchdog {
    /// A refused sender is tried again within this time, so that its episode goes on.
    static let complaintMemory = Duration.seconds(90 * 60)
    /// A limit that is over sooner is everyday business.
    static let limitPatience = Duration.seconds(900)

    var outages: [Symptom] {
        let isOut = { (status: ProviderStatus) in status.state == .down || status.state == .open }
        return observation.providers.filter { isOut($0) && !isDownByItsGrant($0) }.map { status in
            Symptom(
                EpisodeKey(.providerDown, status.name),
                .critical,
                since: status.since,
                title: "Provider \(status.name) is down",
                reason: status.reason,
                remedy: status.remedy ?? Self.check(status.name),
                details: JSONObject([("state", .string(status.state.rawValue)), ("kind", .string(status.kind))])
            )
        }
    }

    func misconfigurations(now: Timestamp) -> [Symptom] {
        observation.providers.compactMap { status -> Symptom? in
            guard status.isUsable, let complaint = status.complaint, now - complaint.at < Self.complaintMemory else {
                return nil
            }
            return Symptom(
                EpisodeKey(.providerMisconfigured, status.name),
                .critical,
                since: complaint.at,
                title: "Provider \(status.name) refuses what is set up",
                reason: complaint.reason,
                remedy: complaint.remedy ?? Self.check(status.name),
                details: JSONObject([("kind", .string(status.kind))])
            )
        }
    }

    func limits(now: Timestamp) -> [Symptom] {
        observation.providers.compactMap { status -> Symptom? in
            guard status.state == .limited, let until = status.until, until - now >= Self.limitPatience else {
                return nil
            }
            return Symptom(
                EpisodeKey(.providerLimited, status.name),
                .warning,
                since: now,
                title: "Provider \(status.name) takes nothing until \(until) because of a limit",
                reason: status.reason,
                remedy:
                    "raise `limits` if they are ours, else the quota at the provider; or add a provider to the route",
                details: JSONObject([("used_today", .integer(status.usedToday)), ("waiting", .integer(status.waiting))])
            )
        }
    }

    static func check(_ provider: String) -> String {
        "`posthaste providers check \(provider)` says what is wrong and what mends it"
    }
}
