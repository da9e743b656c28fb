// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import JSON
internal import Mail

/// Converts a message to the body of `POST /v3/smtp/email`.
enum BrevoContent {
    /// Brevo's field for custom data, which the recipients can see.
    private static let customField = "X-Mailin-custom"
    /// The field is one line, which cannot be folded (RFC 5322 section 2.1.1).
    private static let longestCustom = 900
    /// Names among the header fields that steer Brevo.
    private static let steering: Set<String> = ["sender.ip", "idempotencykey"]

    static func json(_ message: OutgoingMessage) throws(DeliveryError) -> [UInt8] {
        let (to, cc, bcc) = message.addressees
        var body = JSONObject()
        body["sender"] = object(message.from)
        if to.isEmpty {
            // A version is a message of its own, so that blind copies that are left alone do not see each other.
            body["messageVersions"] = .array(bcc.map { ["to": [object($0)]] })
        } else {
            body["to"] = list(to)
            if !cc.isEmpty { body["cc"] = list(cc) }
            if !bcc.isEmpty { body["bcc"] = list(bcc) }
        }
        if let replyTo = message.replyTo.first { body["replyTo"] = object(replyTo) }
        body["subject"] = some(message.subject)
        body["htmlContent"] = some(message.html ?? "")
        if !message.text.isEmpty { body["textContent"] = .string(message.text) }
        body["headers"] = .object(try headers(message))
        let tags = tags(message)
        if !tags.isEmpty { body["tags"] = .array(tags) }
        return body.encoded(files: try files(message), under: "attachment")
    }

    private static func list(_ mailboxes: [Mailbox]) -> JSON { .array(mailboxes.map(object)) }

    /// Brevo drops a name that holds both other characters than ASCII and specials (RFC 5322 section 3.2.3), unless it is encoded.
    private static func object(_ mailbox: Mailbox) -> JSON {
        var object = JSONObject([("email", .string(mailbox.address.description))])
        if let name = mailbox.name {
            let isASCII = name.utf8.allSatisfy { $0 < 0x80 }
            let hasSpecials = name.utf8.contains { #"()<>[]:;@\,.""#.utf8.contains($0) }
            object["name"] = .string(!isASCII && hasSpecials ? mailbox.encodedName ?? name : name)
        }
        return .object(object)
    }

    /// Brevo refuses empty texts.
    private static func some(_ text: String) -> JSON { .string(text.isEmpty ? " " : text) }

    private static func headers(_ message: OutgoingMessage) throws(DeliveryError) -> JSONObject {
        for field in message.headers {
            // Brevo decodes encoded words and sends the octets as they are, which no header may hold.
            guard field.value.utf8.allSatisfy({ $0 < 0x80 }) else {
                throw inexpressible(
                    "header_not_ascii",
                    "Brevo takes only ASCII in headers, and \(field.name) holds other characters",
                    "leave the header out, or add another provider to the route"
                )
            }
            guard !steering.contains(field.name.lowercased()) else {
                throw inexpressible(
                    "steering_header",
                    "the header \(field.name) would steer Brevo",
                    "leave the header out, or add another provider to the route"
                )
            }
        }
        var headers = try message.headerObject(prefix: BrevoVerdict.prefix)
        headers[customField] = .string(custom(message))
        return headers
    }

    /// Our id and the metadata as JSON, as far as they are ASCII and fit.
    private static func custom(_ message: OutgoingMessage) -> String {
        let members = message.customData(upTo: longestCustom) { pair in
            // Brevo would decode an escape as well.
            pair.allSatisfy { $0 < 0x80 } && !String(decoding: pair, as: UTF8.self).contains("\\u")
        }
        return JSON.object(members).text()
    }

    private static func tags(_ message: OutgoingMessage) -> [JSON] {
        var seen: Set<String> = []
        let labels = (message.category.map { [$0] } ?? []) + message.tags
        return labels.filter { !$0.isEmpty && seen.insert($0).inserted }.map { .string($0) }
    }

    private static func files(_ message: OutgoingMessage) throws(DeliveryError) -> [ServiceFile] {
        var files: [ServiceFile] = []
        for file in message.attachments {
            // Brevo takes the type from the extension.
            guard let fitting = FittingName.of(file) else {
                throw inexpressible(
                    "attachment_type",
                    "Brevo takes an attachment's type from its extension, which does not fit its type \(file.contentType)",
                    "give the file an extension of its type, or add another provider to the route"
                )
            }
            files.append(ServiceFile(JSONObject([("name", .string(fitting.name))]), content: file.content))
        }
        return files
    }

    private static func inexpressible(_ name: String, _ detail: String, _ remedy: String) -> DeliveryError {
        .inexpressible("\(BrevoVerdict.prefix).\(name)", detail, remedy: remedy)
    }
}
