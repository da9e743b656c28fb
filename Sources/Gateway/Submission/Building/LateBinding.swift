// SPDX-License-Identifier: Apache-2.0
package import Delivery
package import JSON
package import Mail
package import Queue

/// Gives values that are not known, or must not lie in the store, before a message is handed over.
package protocol LateBinder: Sendable {
    /// The values for one try; asked again for each.
    ///
    /// `reference` is what the feature noted when the message was accepted.
    func bind(_ message: QueuedMessage, reference: JSON) async throws(LateBindingFailure) -> LateValues
}

/// What a ``LateBinder`` gives.
package struct LateValues: Sendable {
    /// Variables of the template.
    package var values: JSONObject
    /// Whom the mail really goes to; nil leaves it to the address it was accepted for.
    ///
    /// An address on the suppression list gets no mail here either.
    package var recipient: Mailbox?
    /// What the events of the message say of this try, for people; holds no secret.
    package var note: String?

    package init(values: JSONObject, recipient: Mailbox? = nil, note: String? = nil) {
        self.values = values
        self.recipient = recipient
        self.note = note
    }
}

/// Why there are no values.
package enum LateBindingFailure: Error, Sendable, Hashable {
    /// The mail is not wanted any more.
    case discarded(String)
    /// They cannot be had now.
    case unavailable(DeliveryError)
}

/// The note on a message that some of its values come late.
///
/// It is kept in the template's data under a name that no variable can have and no request can bring in.
package struct LateBinding: Sendable, Hashable {
    private static let member = "$late"

    /// The name that the feature's ``LateBinder`` is registered under.
    package var binder: String
    /// The feature's own note; holds no secret.
    package var reference: JSON
    /// The variables that come late.
    package var names: Set<String>

    package init(binder: String, reference: JSON, names: Set<String>) {
        self.binder = binder
        self.reference = reference
        self.names = names
    }

    /// Takes the note off the data of a template.
    static func take(from data: inout JSONObject) -> LateBinding? {
        guard let note = data[member], let binder = note["binder"]?.string else { return nil }
        data[member] = nil
        let names = note["names"]?.array?.compactMap(\.string) ?? []
        return LateBinding(binder: binder, reference: note["reference"] ?? .null, names: Set(names))
    }

    /// The values that come late, by their names, as people are shown them.
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
