// SPDX-License-Identifier: Apache-2.0
import Basics

/// A change of an alert record: what to store, and what to send once it is stored.
package struct AlertTransition: Sendable, Hashable {
    package var after: AlertRecord
    package var alert: NotificationKind?
}

/// Decides, for one gateway and one moment, the next transition of an alert.
struct NotificationPolicy: Sendable {
    /// The interval at which a gateway that sees an alert reports it.
    static let heartbeat = Duration.seconds(20)
    /// An older report does not count: its gateway has died.
    static let freshFor = Duration.seconds(60)
    /// Another gateway takes over the notifications of a gateway not heard of for this long.
    static let takeOverAfter = Duration.seconds(120)
    /// How long an alert must be gone before it is resolved, by the number of times it ended in the last hour.
    ///
    /// An alert that comes and goes is therefore sent at most seven times an hour.
    static let calms: [Duration] = [.zero, .seconds(300), .seconds(900), .seconds(3600)]
    private static let memory = Duration.seconds(3600)

    let gateway: String
    /// True when no other gateway can be alive: any other name belongs to an earlier process.
    let isAlone: Bool
    let repeatAfter: Duration
    let now: Timestamp

    /// The transition to make; nil when nothing changes.
    ///
    /// `quietSince` is since when the alert has been continuously absent here; `isDelivered` says whether this
    /// gateway's last notification was delivered.
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
        let pause = symptom.key.name == .grantEnding ? max(repeatAfter, .seconds(86_400)) : repeatAfter
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
            // Another gateway still sees the alert; that gateway resolves it.
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

    /// Records what changes without a new observation: delivery, this gateway's heartbeat, and notifications that a
    /// dead gateway did not send.
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
