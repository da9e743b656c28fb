// SPDX-License-Identifier: Apache-2.0
import Delivery
import JSON
import Mail
import Queue

/// The result of signing in to one provider.
struct ProviderCheck: Sendable {
    let name: String
    let kind: String
    let error: DeliveryError?
    /// Findings about the set-up although the sign-in works.
    var advice: [ProviderAdvice] = []

    /// False when mail would not leave.
    var isGood: Bool { error == nil && !advice.contains(where: \.isFault) }

    /// Signs in, and stops what that has started; `senders` are the addresses that the brands send from.
    static func run(
        _ entry: DeliverySettings.ProviderEntry,
        senders: [EmailAddress] = []
    ) async -> ProviderCheck {
        let check = await signIn(entry, senders: senders)
        await entry.provider.stopIfStarted()
        return check
    }

    private static func signIn(_ entry: DeliverySettings.ProviderEntry, senders: [EmailAddress]) async -> ProviderCheck
    {
        do throws(DeliveryError) {
            try await entry.provider.probe()
            var check = ProviderCheck(name: entry.name, kind: entry.kind, error: nil)
            if let adviser = entry.provider as? any AdvisingProvider {
                check.advice = await adviser.advice(from: senders)
            }
            return check
        } catch {
            return ProviderCheck(name: entry.name, kind: entry.kind, error: error)
        }
    }

    var line: String {
        MessageText.printable(MessageText.row(isGood ? "ok" : "fault", words))
    }

    /// The error and its remedy, as text for operators.
    var words: String {
        guard let error else { return "\(name) (\(kind))" }
        return "\(name) (\(kind)): " + [error.detail, error.remedy].compactMap(\.self).joined(separator: "; ")
    }

    var json: JSON {
        let faults = advice.filter(\.isFault).map { JSON.string($0.text) }
        let warnings = advice.filter { !$0.isFault }.map { JSON.string($0.text) }
        var fields = JSONObject([("name", .string(name)), ("kind", .string(kind)), ("ok", .bool(isGood))])
        fields["error"] = error.map { JSON.string($0.kind.name) } ?? .null
        fields["code"] = error.map { JSON.string($0.code) } ?? .null
        fields["detail"] = error.map { JSON.string($0.detail) } ?? .null
        fields["remedy"] = error?.remedy.map(JSON.string) ?? .null
        fields["faults"] = .array(faults)
        fields["warnings"] = .array(warnings)
        return .object(fields)
    }
}
