// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Mail

/// What Postmark checks and understands of the body of a call of `/email`.
enum PostmarkMessage {
    private static let header = JSONShape.object(["Name": .someText, "Value": .someText], required: ["Name", "Value"])
    private static let file = JSONShape.object(
        ["Name": .someText, "Content": .someText, "ContentType": .someText, "ContentID": .someText],
        required: ["Name", "Content", "ContentType"]
    )
    private static let shape = JSONShape.object(
        [
            "From": .someText, "To": .anyText, "Cc": .anyText, "Bcc": .anyText, "ReplyTo": .anyText,
            "Subject": .anyText,
            "Tag": .anyText, "TextBody": .text(0...5_000_000), "HtmlBody": .text(0...5_000_000),
            "Headers": .list(0...200, of: header), "TrackOpens": .bool, "TrackLinks": .someText,
            "Metadata": .map(of: .anyText), "MessageStream": .someText, "Attachments": .list(0...100, of: file),
        ],
        required: ["From"]
    )

    /// The first fault of the body, with Postmark's code.
    static func refusal(of body: JSON) -> (code: Int, text: String)? {
        if let (path, problem) = shape.fault(in: body) { return (403, "The property '\(path)' \(problem).") }
        guard body["TextBody"]?.string?.isEmpty == false || body["HtmlBody"]?.string?.isEmpty == false else {
            return (300, "Provide either email TextBody or HtmlBody or both.")
        }
        let links = body["TrackLinks"]?.string ?? "None"
        guard ["None", "HtmlAndText", "HtmlOnly", "TextOnly"].contains(links) else {
            return (300, "Invalid 'TrackLinks' value.")
        }
        guard body["Tag"]?.string?.count ?? 0 <= 1000 else { return (300, "Tag is too long.") }
        let metadata = body["Metadata"]?.object ?? JSONObject()
        guard metadata.count <= 10, metadata.allSatisfy({ $0.key.count <= 20 && $0.value.string?.count ?? 0 <= 80 })
        else {
            return (300, "Metadata is over its limits.")
        }
        for file in body["Attachments"]?.array ?? [] {
            if file["Name"]?.string?.hasSuffix(".exe") == true { return (411, "Attachment type not allowed.") }
            guard Base64.decode(file["Content"]?.string ?? "") != nil,
                file["ContentID"]?.string?.hasPrefix("cid:") ?? true
            else { return (300, "Invalid 'Attachments'.") }
        }
        return nil
    }

    /// The message; nil for a bad address or too many recipients.
    static func message(_ body: JSON) -> OutgoingMessage? {
        var recipients: [Recipient] = []
        for (key, kind) in [("To", Recipient.Kind.to), ("Cc", .cc), ("Bcc", .bcc)] {
            guard let mailboxes = mailboxes(body[key]) else { return nil }
            recipients += mailboxes.map { Recipient($0, kind: kind) }
        }
        guard (1...50).contains(recipients.count), recipients.allSatisfy(\.mailbox.address.isASCII),
            let senders = mailboxes(body["From"]), senders.count == 1, let replyTo = mailboxes(body["ReplyTo"])
        else { return nil }
        return OutgoingMessage(
            service: fields(body),
            from: senders.first,
            recipients: recipients,
            replyTo: replyTo,
            subject: body["Subject"]?.string ?? "",
            text: body["TextBody"]?.string ?? "",
            html: body["HtmlBody"]?.string
        )
    }

    /// The header fields; Postmark replaces a Message-ID that it is not asked to keep.
    private static func fields(_ body: JSON) -> [(name: String, value: String)] {
        let all = (body["Headers"]?.array ?? []).map { ($0["Name"]?.string ?? "", $0["Value"]?.string ?? "") }
        let keepsID = all.contains { $0 == ("X-PM-KeepID", "true") }
        return all.filter { $0.0 != "X-PM-KeepID" && ($0.0 != "Message-ID" || keepsID) }
    }

    /// A comma list of mailboxes, nil when one is bad; a comma within quotes is part of a name.
    private static func mailboxes(_ list: JSON?) -> [Mailbox]? {
        var parts = [""]
        var (isQuoted, isEscaped) = (false, false)
        for character in list?.string ?? "" {
            if character == ",", !isQuoted {
                parts.append("")
                continue
            }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            isEscaped = character == "\\" && !isEscaped
            parts[parts.count - 1].append(character)
        }
        var mailboxes: [Mailbox] = []
        for part in parts where !part.trimmed.isEmpty {
            // Postmark names the address; the reason does not matter here.
            guard let mailbox = try? Mailbox(parsing: part) else { return nil }
            mailboxes.append(mailbox)
        }
        return mailboxes
    }
}
