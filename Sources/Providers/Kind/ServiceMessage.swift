// SPDX-License-Identifier: Apache-2.0
package import Mail

/// The key of our id among the custom data of a service.
package let serviceIDKey = "posthaste_id"

extension OutgoingMessage {
    /// The fields for a service that writes the message itself: our id, those against automatic replies (RFC 3834), and the
    /// sender's own.
    ///
    /// The same fields that ``MIMEWriter`` writes, without those that the service owns. A raw message has the sender's fields only.
    package var serviceHeaders: [HeaderField] {
        var fields = [HeaderField(checkedName: MIMEWriter.idField, checkedValue: id)]
        if raw != nil { return fields + headers }
        fields.append(HeaderField(checkedName: "Auto-Submitted", checkedValue: "auto-generated"))
        if !headers.contains(where: { $0.name.lowercased() == "x-auto-response-suppress" }) {
            fields.append(HeaderField(checkedName: "X-Auto-Response-Suppress", checkedValue: "All"))
        }
        return fields + headers
    }

    /// The recipients of this attempt of one kind; an address of the envelope that is in no field counts as Bcc.
    package func mailboxes(_ kind: Recipient.Kind) -> [Mailbox] {
        addressedToEnvelope.recipients.filter { $0.kind == kind }.map(\.mailbox)
    }
}

extension Mailbox {
    /// `"Name" <address>` with the name as a quoted string (RFC 5322 section 3.2.4) in UTF-8, for services that parse it.
    package var quotedForm: String {
        guard let name, !name.isEmpty else { return address.description }
        let escaped = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped)\" <\(address.description)>"
    }
}
