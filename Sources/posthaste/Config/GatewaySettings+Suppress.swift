// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import JSON
import Queue
import Settings

extension SettingsReader {
    /// The section `suppress`: which reports stop mail to an address, and for how long.
    func suppress() -> FeedbackPolicy {
        var policy = FeedbackPolicy()
        guard let reader = map("suppress") else { return policy }
        policy.hardBounces = reader.boolean("hard_bounces") ?? policy.hardBounces
        policy.complaints = reader.boolean("complaints") ?? policy.complaints
        policy.unsubscribes = reader.boolean("unsubscribes") ?? policy.unsubscribes
        policy.softBounces = reader.softBounces()
        if let expiry = reader.map("expire") {
            for reason in FeedbackPolicy.expiringReasons {
                policy.expiry[reason] = expiry.expiry(reason.rawValue)
            }
        }
        return policy
    }

    /// `soft_bounces`: a map of a number and a time, or `false` for never.
    private func softBounces() -> FeedbackPolicy.SoftBounces? {
        var rule = FeedbackPolicy.SoftBounces()
        if case .scalar? = node("soft_bounces")?.value {
            guard let isOn = boolean("soft_bounces") else { return rule }
            return isOn ? rule : nil
        }
        guard let reader = map("soft_bounces") else { return rule }
        rule.after = reader.integer("after", in: 1...1000) ?? rule.after
        rule.within = reader.positiveDuration("within") ?? rule.within
        return rule
    }

    /// A time, or `never`, which is nil.
    private func expiry(_ key: String) -> Duration? {
        guard case .scalar(let text)? = node(key)?.value, text == "never" else { return positiveDuration(key) }
        _ = string(key)
        return nil
    }
}

extension FeedbackPolicy {
    /// The reasons whose suppressions may expire.
    fileprivate static let expiringReasons: [Suppression.Reason] = [.bounce, .complaint, .unsubscribe]

    var view: JSON {
        let expiry = Self.expiringReasons.map { reason in
            (reason.rawValue, JSON.string(self.expiry[reason]?.setting ?? "never"))
        }
        let soft: JSON =
            softBounces.map { ["after": .integer($0.after), "within": .string($0.within.setting)] } ?? .bool(false)
        return .object(
            JSONObject([
                ("hard_bounces", .bool(hardBounces)), ("complaints", .bool(complaints)),
                ("unsubscribes", .bool(unsubscribes)), ("soft_bounces", soft),
                ("expire", .object(JSONObject(expiry))),
            ])
        )
    }
}
