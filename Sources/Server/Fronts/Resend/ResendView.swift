// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import JSON
internal import Mail
internal import Queue
internal import Submission

/// Answers in the form of Resend.
enum ResendView {
    static func email(_ found: FrontRecord, _ call: FrontCall) -> Reply {
        var view = summary(found.record, subject: found.content?.subject)
        view["html"] = text(found.content?.html)
        view["text"] = text(found.content?.text)
        let tags = (found.record.request?.metadata ?? [:]).sorted { $0.key < $1.key }
        view["tags"] = .array(tags.map { ["name": .string($0.key), "value": .string($0.value)] })
        return .json(.object(view))
    }

    static func list(_ page: FrontPage, _ call: FrontCall) -> Reply {
        let emails = zip(page.records, page.subjects).map { JSON.object(summary($0, subject: $1)) }
        return .json(["object": "list", "has_more": .bool(page.hasMore), "data": .array(emails)])
    }

    static func changed(_ record: MessageRecord, _ call: FrontCall) -> Reply {
        .json(["object": "email", "id": .string(FrontID.uuid(record.id))])
    }

    private static func summary(_ record: MessageRecord, subject: String?) -> JSONObject {
        let request = record.request
        var view = JSONObject([("object", "email"), ("id", .string(FrontID.uuid(record.id)))])
        view["message_id"] = text(request.map { "<\(MessageID.of(record.id, $0))>" })
        for kind in Recipient.Kind.allCases {
            view[kind.rawValue] = .array(record.mailboxes(kind).map { .string($0.display) })
        }
        view["from"] = text(request?.from.display)
        view["reply_to"] = .array((request?.replyTo ?? []).map { .string($0.display) })
        view["created_at"] = .string(time(record.createdAt))
        view["scheduled_at"] = text(request?.sendAt.map(time))
        view["subject"] = text(subject)
        view["last_event"] = .string(lastEvent(record))
        return view
    }

    /// Such as `2023-04-03 22:13:42.674000+00`.
    private static func time(_ moment: Timestamp) -> String {
        String(moment.description.dropLast()).replacing("T", with: " ") + "000+00"
    }

    private static func lastEvent(_ record: MessageRecord) -> String {
        switch record.state {
        case .queued: record.attempts > 0 ? "delivery_delayed" : "queued"
        case .sending: "queued"
        case .parked, .uncertain: "delivery_delayed"
        case .cancelled: "canceled"
        case .expired, .discarded, .failed: "failed"
        case .scheduled, .sent, .delivered, .bounced, .complained, .suppressed: record.state.rawValue
        }
    }

    private static func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
}

extension ResendView {
    /// A body with `statusCode`, `name` and `message`.
    ///
    /// The names are those that the PHP SDK knows: it takes a 4xx with any other
    /// name for a success.
    static func refusal(_ problem: Problem) -> Reply {
        let (status, name) = verdict(problem)
        let body: JSON = [
            "statusCode": .integer(status), "name": .string(name), "message": .string(message(of: problem)),
        ]
        var reply = Reply.json(body, status: status)
        if status == 429, let seconds = problem.retryAfter {
            reply.fields[HTTPField.Name(constant: "RateLimit-Reset")] = String(seconds)
        }
        return reply
    }

    /// All faults in one text.
    static func message(of problem: Problem) -> String {
        if problem.faults.isEmpty { return problem.detail }
        if problem.status == 403 { return problem.detail }
        return problem.faults.map { fault in
            let place = fault.pointer.dotted
            return place.isEmpty ? fault.detail : "`\(place)`: \(fault.detail)"
        }
        .joined(separator: "; ")
    }

    private static func verdict(_ problem: Problem) -> (status: Int, name: String) {
        switch problem.name {
        case Problem.missingKeyName: return (401, "missing_api_key")
        case "unauthorized": return (403, "invalid_api_key")
        case "forbidden": return problem.faults.isEmpty ? (401, "restricted_api_key") : (403, "validation_error")
        case "idempotency-key-reused": return (409, "invalid_idempotent_request")
        case "idempotency-in-progress": return (409, "concurrent_idempotent_requests")
        case "invalid-idempotency-key": return (400, "invalid_idempotency_key")
        case "wrong-state": return (422, "validation_error")
        default: break
        }
        switch problem.status {
        case 404: return (404, "not_found")
        case 405: return (405, "method_not_allowed")
        case 413: return (413, "validation_error")
        case 422: return (422, name(of: problem.faults))
        case 429: return (429, "rate_limit_exceeded")
        case 503: return (503, "application_error")
        case 500...: return (problem.status, "internal_server_error")
        default: return (problem.status, "validation_error")
        }
    }

    private static func name(of faults: [Problem.Fault]) -> String {
        if !faults.isEmpty, faults.allSatisfy({ $0.pointer.names.contains("attachments") }) {
            return "invalid_attachment"
        }
        let areMissing = !faults.isEmpty && faults.allSatisfy { $0.detail.hasPrefix("is required") }
        return areMissing ? "missing_required_field" : "validation_error"
    }
}

extension MessageRecord {
    /// The recipients of a kind; without their names when the content was dropped.
    func mailboxes(_ kind: Recipient.Kind) -> [Mailbox] {
        if let request { return request.recipients.filter { $0.kind == kind }.map(\.mailbox) }
        return recipients.filter { $0.kind == kind }.map { Mailbox($0.address) }
    }
}
