// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import JSON
internal import Mail
package import Queue
package import Submission

/// The API of Resend: https://resend.com/docs/api-reference.
package struct ResendFront: Front {
    package let path = SubmissionPath.resend
    package let realms = ["/emails"]

    package init() {}

    package var routes: [FrontRoute] {
        [
            FrontRoute(.post, "/emails", scope: .send, .submit(read: Self.readOne, write: Self.writeOne)),
            FrontRoute(.post, "/emails/batch", scope: .send, .submit(read: Self.readBatch, write: Self.writeBatch)),
            FrontRoute(.get, "/emails", scope: .read, .list(read: Self.readListing, write: ResendView.list)),
            FrontRoute(.get, "/emails/{id}", scope: .read, .show(write: ResendView.email)),
            FrontRoute(.patch, "/emails/{id}", scope: .manage, .change(read: Self.readTime, write: ResendView.changed)),
            FrontRoute(
                .post,
                "/emails/{id}/cancel",
                scope: .manage,
                .change(read: { _ throws(Refusal) in .cancel }, write: ResendView.changed)
            ),
        ]
    }

    package func credential(_ call: FrontCall) throws(Refusal) -> FrontCredential {
        guard let key = call.bearer else {
            throw Refusal(.missingKey("Send `Authorization: Bearer KEY`, in the SDKs as the API key."))
        }
        return .secret(Secret(key))
    }

    package func refusal(_ problem: Problem, _ call: FrontCall) -> Reply { ResendView.refusal(problem) }

    // MARK: Sending

    private static func readOne(_ call: FrontCall) throws(Refusal) -> FrontSubmission {
        let body = try json(call)
        guard let email = body.object else { throw Self.wrongType("an object", body) }
        return FrontSubmission([ResendEmail(email, at: .root, call).message], isAllOrNothing: true)
    }

    private static func writeOne(_ outcomes: [FrontOutcome], _ call: FrontCall) -> Reply {
        .json(["id": .string(FrontID.uuid(outcomes.first?.result.id ?? ""))])
    }

    private static let batchLimit = 100

    private static func readBatch(_ call: FrontCall) throws(Refusal) -> FrontSubmission {
        let body = try json(call)
        guard let emails = body.array else { throw Self.wrongType("a list of emails", body) }
        guard (1...batchLimit).contains(emails.count) else {
            let detail = "A batch has 1 to \(batchLimit) emails; this one has \(emails.count)."
            throw Refusal(.invalidRequest([Problem.Fault(.root, detail)]))
        }
        let messages = emails.enumerated().map { position, email in
            let place = JSONPointer.root.appending(position)
            guard let fields = email.object else {
                var message = FrontMessage(SendRequest(via: .resend))
                message.faults = [Problem.Fault(place, "expected an object, found \(email.typeName)")]
                return message
            }
            return ResendEmail(fields, at: place, call).message
        }
        return FrontSubmission(messages, isAllOrNothing: !isPermissive(call))
    }

    private static func isPermissive(_ call: FrontCall) -> Bool {
        call.fields[Self.validation]?.lowercased() == "permissive"
    }

    private static func writeBatch(_ outcomes: [FrontOutcome], _ call: FrontCall) -> Reply {
        var body = JSONObject()
        body["data"] = .array(outcomes.compactMap(\.result.id).map { ["id": .string(FrontID.uuid($0))] })
        if isPermissive(call) {
            body["errors"] = .array(
                outcomes.enumerated().compactMap { position, outcome in
                    outcome.result.problem.map { problem in
                        ["index": .integer(position), "message": .string(ResendView.message(of: problem))]
                    }
                }
            )
        }
        return .json(.object(body))
    }

    // MARK: Reading and changing

    private static func readListing(_ call: FrontCall) throws(Refusal) -> FrontListing {
        var faults = FrontFaults()
        var filter = MessageFilter(limit: 20)
        if let text = call.queryValue("limit") {
            if let limit = Int(text), (1...100).contains(limit) {
                filter.limit = limit
            } else {
                faults.note(JSONPointer(["limit"]), "expected a whole number from 1 to 100")
            }
        }
        var listing = FrontListing(filter)
        for name in ["after", "before"] {
            guard let text = call.queryValue(name), !text.isEmpty else { continue }
            guard let id = FrontID.message(text) else {
                faults.note(JSONPointer([name]), "expected the id of an email")
                continue
            }
            if name == "after" { listing.filter.after = id } else { listing.before = id }
        }
        if listing.filter.after != nil, listing.before != nil {
            faults.note(JSONPointer(["before"]), "goes without `after`")
        }
        guard faults.faults.isEmpty else { throw Refusal(.invalidRequest(faults.faults)) }
        return listing
    }

    private static func readTime(_ call: FrontCall) throws(Refusal) -> FrontChange {
        let body = try call.json()
        let place = JSONPointer(["scheduled_at"])
        guard let text = body["scheduled_at"]?.given?.string else {
            throw Refusal(.invalidRequest([Problem.Fault(place, "is required: the new time of the email")]))
        }
        guard let moment = ResendTime.parse(text, now: call.now) else {
            throw Refusal(.invalidRequest([Problem.Fault(place, ResendTime.expectation)]))
        }
        return .reschedule(moment, place: place)
    }

    /// The body; lists of bytes become base64 first, because each byte would be a value of its own.
    private static func json(_ call: FrontCall) throws(Refusal) -> JSON {
        try Call.json(ByteLists.encoded(call.body))
    }

    private static func wrongType(_ expected: String, _ body: JSON) -> Refusal {
        Refusal(.invalidRequest([Problem.Fault(.root, "expected \(expected), found \(body.typeName)")]))
    }

    private static let validation = HTTPField.Name(constant: "X-Batch-Validation")
}

/// The times of `scheduled_at`.
enum ResendTime {
    static let expectation = "expected a time such as 2026-11-20T17:33:27Z, or a span such as `in 10 min`"

    private static let units = [
        "sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "h": 3600, "day": 86_400, "week": 604_800,
    ]

    /// ISO 8601 with an offset, or `in 10 min` and the like; nil for anything else.
    static func parse(_ text: String, now: Timestamp) -> Timestamp? {
        if let moment = Timestamp(text) { return moment }
        let words = text.lowercased().split(separator: " ")
        guard words.count == 3, words[0] == "in", let count = Int(words[1]), (0...100_000).contains(count) else {
            return nil
        }
        let unit = words[2].hasSuffix("s") && words[2] != "s" ? String(words[2].dropLast()) : String(words[2])
        return units[unit].map { now + .seconds(count * $0) }
    }
}
