// SPDX-License-Identifier: Apache-2.0
package import JSON
package import Mail
package import Queue

/// Provides values that are not known at acceptance, or must not be stored, before a message is handed over.
package protocol LateBinder: Sendable {
    /// The values for one attempt; called for each attempt.
    ///
    /// `reference` is the feature's note from acceptance.
    func bind(_ message: QueuedMessage, reference: JSON) async throws(BuildError) -> LateValues
}

/// The result of a ``LateBinder``.
package struct LateValues: Sendable {
    /// Variables of the template.
    package var values: JSONObject
    /// The actual recipient; nil keeps the address that the message was accepted for.
    ///
    /// An address on the suppression list gets no mail here either.
    package var recipient: Mailbox?
    /// A note on this attempt for the message's events, for people; contains no secret.
    package var note: String?

    package init(values: JSONObject, recipient: Mailbox? = nil, note: String? = nil) {
        self.values = values
        self.recipient = recipient
        self.note = note
    }
}

/// Marks a message some of whose values are bound late.
///
/// It is stored in the template's data under a name that no variable can have and no request can set.
package struct LateBinding: Sendable, Hashable {
    private static let member = "$late"

    /// The name under which the feature's ``LateBinder`` is registered.
    package var binder: String
    /// The feature's own note; contains no secret.
    package var reference: JSON
    /// The variables that are bound late.
    package var names: Set<String>

    package init(binder: String, reference: JSON, names: Set<String>) {
        self.binder = binder
        self.reference = reference
        self.names = names
    }

    /// Removes the mark from the data of a template and returns it.
    static func take(from data: inout JSONObject) -> LateBinding? {
        guard let note = data[member], let binder = note["binder"]?.string else { return nil }
        data[member] = nil
        let names = note["names"]?.array?.compactMap(\.string) ?? []
        return LateBinding(binder: binder, reference: note["reference"] ?? .null, names: Set(names))
    }

    /// The placeholders of late-bound values by name, as displayed.
    package static func values(of data: JSON) -> JSONObject {
        var data = data.object ?? JSONObject()
        let names = take(from: &data)?.names ?? []
        return JSONObject(names.sorted().map { ($0, .string(Redaction.late)) })
    }

    func put(into data: inout JSONObject) {
        data[Self.member] = [
            "binder": .string(binder), "names": .array(names.sorted().map(JSON.string)), "reference": reference,
        ]
    }
}
