// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Mail
internal import Queue
internal import Submission

/// Answers in the form of Postmark.
enum PostmarkView {
    /// The answer for one message, of a batch or alone.
    ///
    /// A failed one has `To` as well, which .NET callers want.
    static func receipt(_ outcome: FrontOutcome, _ call: FrontCall) -> JSON {
        if let problem = outcome.result.problem {
            var view = error(problem)
            view["To"] = .string(texts(outcome.request.to, without: []))
            return .object(view)
        }
        var message = "OK"
        if !outcome.suppressed.isEmpty {
            let addresses = outcome.suppressed.joined(separator: ", ")
            message = "Message OK, but will not deliver to these inactive addresses: \(addresses)"
        }
        return .object(
            JSONObject([
                ("To", .string(texts(outcome.request.to, without: outcome.suppressed))),
                ("Cc", .string(texts(outcome.request.cc, without: outcome.suppressed))),
                ("Bcc", .string(texts(outcome.request.bcc, without: outcome.suppressed))),
                ("SubmittedAt", .string(time(call.now))),
                ("MessageID", .string(FrontID.uuid(outcome.result.id ?? ""))),
                ("ErrorCode", 0),
                ("Message", .string(message)),
            ])
        )
    }

    private static func texts(_ addresses: SendRequest.Addresses?, without suppressed: [String]) -> String {
        let known = (addresses?.items ?? []).compactMap { $0?.emailAddress?.description ?? $0?.text }
        return known.filter { !suppressed.contains($0) }.joined(separator: ", ")
    }

    /// Seven decimals, as .NET writes them.
    private static func time(_ moment: Timestamp) -> String { String(moment.description.dropLast()) + "0000Z" }

    // MARK: Refusals

    static func refusal(_ problem: Problem) -> Reply {
        .json(.object(error(problem)), status: verdict(problem).status)
    }

    private static func error(_ problem: Problem) -> JSONObject {
        JSONObject([("ErrorCode", .integer(verdict(problem).code)), ("Message", .string(message(problem)))])
    }

    private static func message(_ problem: Problem) -> String {
        if problem.name == Problem.allSuppressedName {
            let addresses = problem.faults.map(\.detail).joined(separator: ", ")
            return "You tried to send to recipients that have been marked as inactive. "
                + "Found inactive addresses: \(addresses). Inactive recipients are on the suppression list."
        }
        if problem.faults.isEmpty || problem.status == 403 { return problem.detail }
        return problem.faults.map { fault in
            let names = fault.pointer.names
            guard let field = names.first else { return fault.detail }
            let isAddress = ["To", "Cc", "Bcc", "From", "ReplyTo"].contains(field) && fault.detail.hasSuffix(".")
            return isAddress
                ? "Error parsing '\(field)': \(fault.detail)" : "'\(names.joined(separator: "."))': \(fault.detail)"
        }
        .joined(separator: " ")
    }

    private static func verdict(_ problem: Problem) -> (status: Int, code: Int) {
        switch problem.name {
        case Problem.missingKeyName, "unauthorized": return (401, 10)
        case "forbidden": return problem.faults.isEmpty ? (401, 10) : (422, 400)
        case Problem.allSuppressedName: return (422, 406)
        case Problem.tooManyMessagesName: return (422, 410)
        case "invalid-json": return (422, 402)
        case "idempotency-in-progress": return (429, 429)
        case "not-found": return (422, 701)
        default: break
        }
        switch problem.status {
        case 422: return (422, code(of: problem.faults))
        case 413: return (413, 300)
        case 429: return (429, 429)
        case 500...: return (problem.status, 100)
        case 400, 409: return (422, 300)
        case 415: return (422, 409)
        default: return (problem.status, 300)
        }
    }

    private static func code(of faults: [Problem.Fault]) -> Int {
        guard !faults.isEmpty else { return 300 }
        if faults.allSatisfy({ ["TemplateAlias", "TemplateId"].contains($0.pointer.names.first) }) { return 1101 }
        return faults.allSatisfy { $0.detail.hasPrefix("expected ") } ? 403 : 300
    }

    // MARK: Messages

    static func list(_ page: FrontPage, _ call: FrontCall) -> Reply {
        let messages = zip(page.records, page.subjects).map { JSON.object(summary($0, subject: $1)) }
        // The count of all is not known without reading all of them.
        let total = page.offset + messages.count + (page.hasMore ? 1 : 0)
        return .json(["TotalCount": .integer(total), "Messages": .array(messages)])
    }

    static func details(_ found: FrontRecord, _ call: FrontCall) -> Reply {
        var view = summary(found.record, subject: found.content?.subject)
        view["TextBody"] = text(found.content?.text)
        view["HtmlBody"] = text(found.content?.html)
        view["Body"] = ""
        view["MessageEvents"] = .array(found.record.events.map(event))
        return .json(.object(view))
    }

    private static func summary(_ record: MessageRecord, subject: String?) -> JSONObject {
        let request = record.request
        let names = (request?.attachments ?? []).map { JSON.string($0.fileName) }
        let metadata = (request?.metadata ?? [:]).sorted { $0.key < $1.key }
        var view = JSONObject([("MessageID", .string(FrontID.uuid(record.id)))])
        for (name, kind) in [("To", Recipient.Kind.to), ("Cc", .cc), ("Bcc", .bcc)] {
            view[name] = .array(
                record.mailboxes(kind).map { mailbox in
                    ["Email": .string(mailbox.address.description), "Name": text(mailbox.name)]
                }
            )
        }
        view["Recipients"] = .array(record.recipients.map { .string($0.address.description) })
        view["ReceivedAt"] = .string(time(record.createdAt))
        view["From"] = .string(request?.from.display ?? "")
        view["Subject"] = .string(subject ?? "")
        view["Tag"] = text(request?.tags.first)
        view["Metadata"] = .object(JSONObject(metadata.map { ($0.key, .string($0.value)) }))
        view["Attachments"] = .array(names)
        view["Status"] = .string(status(record.state))
        view["MessageStream"] = .string(request?.metadata["front.MessageStream"] ?? "outbound")
        view["TrackOpens"] = false
        view["TrackLinks"] = "None"
        return view
    }

    private static func status(_ state: MessageState) -> String {
        switch state {
        case .scheduled, .queued, .sending, .parked, .uncertain: "Queued"
        case .sent, .delivered, .bounced, .complained: "Sent"
        case .failed, .cancelled, .expired, .suppressed, .discarded: "Processed"
        }
    }

    private static func event(_ event: MessageEvent) -> JSON {
        let type =
            switch event.kind {
            case .delivered: "Delivered"
            case .bounced: "Bounced"
            default: "Transient"
            }
        return [
            "Recipient": "", "Type": .string(type), "ReceivedAt": .string(time(event.at)),
            "Details": ["DeliveryMessage": .string(event.detail ?? event.kind.rawValue)],
        ]
    }

    /// What a health check asks for; there is one server for all keys.
    static func server(_ call: FrontCall) -> Reply {
        let name = call.principal.keyName ?? "Posthaste"
        return .json([
            "ID": 1, "Name": .string(name), "ApiTokens": [], "Color": "Blue", "SmtpApiActivated": false,
            "RawEmailEnabled": false, "DeliveryType": "Live", "ServerLink": "", "InboundAddress": "",
            "InboundHookUrl": "", "BounceHookUrl": "", "OpenHookUrl": "", "DeliveryHookUrl": "",
            "PostFirstOpenOnly": false, "TrackOpens": false, "TrackLinks": "None", "InboundDomain": "",
            "InboundHash": "", "InboundSpamThreshold": 0, "EnableSmtpApiErrorHooks": false,
        ])
    }

    private static func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
}

extension SendRequest.Address {
    /// The address as the caller wrote it.
    var text: String {
        switch self {
        case .text(let text): text
        case .parts(let email, _): email ?? ""
        case .mailbox(let mailbox): mailbox.address.description
        }
    }
}
