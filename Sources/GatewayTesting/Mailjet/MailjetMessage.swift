// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Mail

/// What Mailjet checks and understands of one message of a call.
enum MailjetMessage {
    struct Fault {
        let status: Int
        let code: String
        let text: String
    }

    private static let mailbox = JSONShape.object(["Email": .someText, "Name": .anyText], required: ["Email"])
    private static let file = ["ContentType", "Filename", "Base64Content"]
    private static let entry = JSONShape.object(
        [
            "From": mailbox, "To": .list(1...50, of: mailbox), "Cc": .list(1...50, of: mailbox),
            "Bcc": .list(1...50, of: mailbox), "ReplyTo": mailbox, "Subject": .text(0...1000), "TextPart": .someText,
            "HTMLPart": .someText, "Headers": .map(of: .someText), "CustomID": .someText, "EventPayload": .someText,
            "CustomCampaign": .text(1...255), "TrackOpens": .someText, "TrackClicks": .someText,
            "Attachments": .list(1...100, of: .object(shapes(file), required: Set(file))),
            "InlinedAttachments": .list(
                1...100,
                of: .object(shapes(file + ["ContentID"]), required: Set(file + ["ContentID"]))
            ),
        ],
        required: []
    )
    static let call = JSONShape.object(
        ["SandboxMode": .bool, "Globals": entry, "Messages": .list(1...50, of: entry)],
        required: ["Messages"]
    )
    /// Mailjet's codes for the faults of a shape.
    static let codes = [
        "is missing": "mj-0003", "is unknown": "mj-0002", "has the wrong type": "mj-0004",
        "has the wrong length": "mj-0006", "has the wrong number of items": "mj-0008",
    ]
    private static let forbidden: Set<String> = [
        "from", "sender", "subject", "to", "cc", "bcc", "return-path", "date", "message-id", "user-agent", "x-mailer",
        "list-id",
        "x-mj-customid", "x-mj-eventpayload",
    ]

    private static func shapes(_ names: [String]) -> [String: JSONShape] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, .someText) })
    }

    /// The members of the message over those of all.
    static func merged(_ globals: JSON?, _ own: JSON) -> JSON {
        var members = globals?.object ?? JSONObject()
        for (key, value) in own.object ?? JSONObject() { members[key] = value }
        return .object(members)
    }

    static func fault(of entry: JSON, domains: Set<String>, refused: Set<String>) -> Fault? {
        for key in ["From", "To"] where entry[key] == nil {
            return Fault(status: 400, code: "mj-0003", text: "Missing mandatory property \"\(key)\".")
        }
        guard entry["TextPart"] != nil || entry["HTMLPart"] != nil else {
            return Fault(
                status: 400,
                code: "send-0003",
                text: "At least \"HTMLPart\" or \"TextPart\" must be provided."
            )
        }
        if let fault = faultOfMembers(entry) { return fault }
        guard let message = message(entry), !message.envelope.contains(where: { refused.contains($0.description) })
        else {
            return Fault(status: 400, code: "mj-0013", text: "\"To[0].Email\" is an invalid email address.")
        }
        guard message.envelope.count <= 50 else {
            return Fault(status: 400, code: "send-0015", text: "Too many recipients.")
        }
        guard domains.contains(message.from.address.domain) else {
            let text = "\"\(message.from.address)\" is not an authorized sender email address for your account."
            return Fault(status: 403, code: "send-0008", text: text)
        }
        return nil
    }

    private static func faultOfMembers(_ entry: JSON) -> Fault? {
        for key in ["TrackOpens", "TrackClicks"] {
            guard let word = entry[key]?.string else { continue }
            guard entry["HTMLPart"] != nil, ["account_default", "enabled", "disabled"].contains(word) else {
                return Fault(status: 400, code: "mj-0005", text: "\"\(key)\" is for mail with an HTML part.")
            }
        }
        for name in entry["Headers"]?.object?.keys.map({ $0.lowercased() }) ?? [] where forbidden.contains(name) {
            return Fault(status: 400, code: "send-0011", text: "Header cannot be customized: \"\(name)\".")
        }
        for file in (entry["Attachments"]?.array ?? []) + (entry["InlinedAttachments"]?.array ?? []) {
            guard Base64.decode(file["Base64Content"]?.string ?? "") != nil,
                file["ContentType"]?.string?.contains("charset") == false
            else { return Fault(status: 400, code: "mj-0005", text: "An attachment is invalid.") }
        }
        return nil
    }

    /// The message; nil for a bad address.
    static func message(_ entry: JSON) -> OutgoingMessage? {
        var recipients: [Recipient] = []
        for (key, kind) in [("To", Recipient.Kind.to), ("Cc", .cc), ("Bcc", .bcc)] {
            guard let mailboxes = ServiceMail.mailboxes(entry[key], address: "Email", name: "Name") else {
                return nil
            }
            recipients += mailboxes.map { Recipient($0, kind: kind) }
        }
        let single = { (key: String) in
            ServiceMail.mailboxes(.array([entry[key]].compactMap(\.self)), address: "Email", name: "Name") ?? []
        }
        return OutgoingMessage(
            service: entry["Headers"]?.object?.map { ($0.key, $0.value.string ?? "") } ?? [],
            from: single("From").first,
            recipients: recipients,
            replyTo: single("ReplyTo"),
            subject: entry["Subject"]?.string ?? "",
            text: entry["TextPart"]?.string ?? "",
            html: entry["HTMLPart"]?.string
        )
    }

    /// The entry of a message that was taken: one id for each recipient, none in the sandbox.
    static func success(_ entry: JSON, firstID: Int?) -> JSON {
        var id = firstID
        var members = JSONObject([("Status", "success"), ("CustomID", entry["CustomID"] ?? "")])
        for key in ["To", "Cc", "Bcc"] {
            members[key] = .array(
                (entry[key]?.array ?? []).map { recipient -> JSON in
                    defer { id = id.map { $0 + 1 } }
                    return [
                        "Email": recipient["Email"] ?? "", "MessageUUID": "", "MessageID": .integer(id ?? 0),
                        "MessageHref": .string("https://api.mailjet.com/v3/message/\(id ?? 0)"),
                    ]
                }
            )
        }
        return .object(members)
    }
}
