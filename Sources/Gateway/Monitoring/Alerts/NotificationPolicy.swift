// SPDX-License-Identifier: Apache-2.0
import Basics

/// What becomes of an episode: what is to be stored, and what is to be said once it is.
package struct AlertTransition: Sendable, Hashable {
    package var after: AlertRecord
    package var alert: NotificationKind?
}

/// Decides, for one gateway and one moment, how an episode goes on.
struct NotificationPolicy: Sendable {
    /// A gateway that sees a trouble says so this often.
    static let heartbeat = Duration.seconds(20)
    /// What a gateway said longer ago says nothing: it has died.
    static let freshFor = Duration.seconds(60)
    /// What was to be said by a gateway not heard of for so long is said by another.
    static let takeOverAfter = Duration.seconds(120)
    /// How long a trouble must be gone before its episode ends, by the number of ends in the last hour.
    ///
    /// So what comes and goes is told seven times in an hour at the most.
    static let calms: [Duration] = [.zero, .seconds(300), .seconds(900), .seconds(3600)]
    private static let memory = Duration.seconds(3600)

    let gateway: String
    /// True when no other gateway can be alive: what another name stands for was an earlier process.
    let isAlone: Bool
    let repeatAfter: Duration
    let now: Timestamp

    /// What is to be done, nil when nothing is to be changed.
    ///
    /// `quietSince` is from when the trouble has been absent here without a break, and `isDelivered` says whether what this gateway
    /// said last has arrived.
    func step(
        _ old: AlertRecord?,
        _ presence: AlertCondition,
        quietSince: Timestamp?,
        isDelivered: Bool
    ) -> AlertTransition? {
        guard let old else { return begin(presence, after: nil) }
        guard old.isOpen else { return begin(presence, after: old) ?? upkeep(old, isDelivered: isDelivered) }
        switch presence {
        case .firing(let symptom): return goOn(old, symptom, isDelivered: isDelivered)
        case .unknown: return upkeep(old, isDelivered: isDelivered)
        case .inactive: return end(old, quietSince: quietSince ?? now, isDelivered: isDelivered)
        }
    }

    private func begin(_ presence: AlertCondition, after old: AlertRecord?) -> AlertTransition? {
        guard case .firing(let symptom) = presence else { return nil }
        var new = AlertRecord(
            key: symptom.key,
            since: symptom.since,
            title: symptom.title,
            severity: symptom.severity,
            alertedAt: now,
            claimedBy: gateway,
            sightings: [gateway: now],
            ends: recent(old?.ends ?? [])
        )
        new.version = old?.version ?? 0
        return AlertTransition(after: new, alert: .firing)
    }

    private func goOn(_ old: AlertRecord, _ symptom: ActiveAlert, isDelivered: Bool) -> AlertTransition? {
        let pause = symptom.key.trouble == .grantEnding ? max(repeatAfter, .seconds(86_400)) : repeatAfter
        guard now - old.alertedAt >= pause else {
            guard old.sightings[gateway] == nil else { return upkeep(old, isDelivered: isDelivered) }
            var new = upkeep(old, isDelivered: isDelivered)?.after ?? old
            new.sightings[gateway] = now
            return AlertTransition(after: new)
        }
        var new = claim(old, saying: .reminder)
        (new.title, new.severity) = (symptom.title, symptom.severity)
        new.sightings[gateway] = now
        return AlertTransition(after: new, alert: .reminder)
    }

    private func end(_ old: AlertRecord, quietSince: Timestamp, isDelivered: Bool) -> AlertTransition? {
        let ends = recent(old.ends)
        guard now - quietSince >= Self.calms[min(ends.count, Self.calms.count - 1)] else {
            return upkeep(old, isDelivered: isDelivered)
        }
        guard isAlone || !old.sightings.contains(where: { $0.key != gateway && now - $0.value < Self.freshFor }) else {
            // Another gateway still sees it; it is the one that ends it.
            guard old.sightings[gateway] != nil else { return upkeep(old, isDelivered: isDelivered) }
            var new = old
            new.sightings[gateway] = nil
            return AlertTransition(after: new)
        }
        var new = claim(old, saying: .resolved)
        new.endedAt = now
        new.ends = ends + [now]
        new.sightings = [:]
        return AlertTransition(after: new, alert: .resolved)
    }

    /// What is written down although nothing has changed: that somebody was told, that we live; and what a dead gateway left unsaid.
    private func upkeep(_ old: AlertRecord, isDelivered: Bool) -> AlertTransition? {
        var new = old
        if !old.isTold {
            if old.claimedBy != gateway {
                guard !isAlone, now - old.claimedAt < Self.takeOverAfter else {
                    return AlertTransition(after: claim(old, saying: old.saying), alert: old.saying)
                }
            } else if isDelivered {
                new.isTold = true
            } else if now - old.claimedAt >= Self.heartbeat {
                new.claimedAt = now
            }
        }
        if old.isOpen, let seen = old.sightings[gateway], now - seen >= Self.heartbeat { new.sightings[gateway] = now }
        return new == old ? nil : AlertTransition(after: new)
    }

    private func claim(_ old: AlertRecord, saying state: NotificationKind) -> AlertRecord {
        var new = old
        new.saying = state
        (new.alertedAt, new.claimedAt, new.claimedBy, new.isTold) = (now, now, gateway, false)
        return new
    }

    private func recent(_ ends: [Timestamp]) -> [Timestamp] { ends.filter { now - $0 < Self.memory } }
}
