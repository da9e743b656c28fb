// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import JSON
internal import Mail
package import Queue
package import Submission

/// The API of Postmark: https://postmarkapp.com/developer.
package struct PostmarkFront: Front {
    package let path = SubmissionPath.postmark
    package let realms = ["/email", "/messages", "/server"]

    package init() {}

    package var routes: [FrontRoute] {
        [
            FrontRoute(.post, "/email", scope: .send, one),
            FrontRoute(.post, "/email/withTemplate", scope: .send, one),
            FrontRoute(.post, "/email/batch", scope: .send, several),
            FrontRoute(.post, "/email/batchWithTemplates", scope: .send, several),
            FrontRoute(
                .get,
                "/messages/outbound",
                scope: .read,
                .list(read: Self.readListing, write: PostmarkView.list)
            ),
            FrontRoute(.get, "/messages/outbound/{id}/details", scope: .read, .show(write: PostmarkView.details)),
            FrontRoute(.get, "/server", scope: nil, .answer(PostmarkView.server)),
        ]
    }

    package func credential(_ call: FrontCall) throws(Refusal) -> FrontCredential {
        guard let key = call.fields[Self.token], (1...512).contains(key.utf8.count) else {
            throw Refusal(.missingKey("Send `X-Postmark-Server-Token: KEY`, in the SDKs as the server token."))
        }
        return key == "POSTMARK_API_TEST" ? .rehearsal : .secret(Secret(key))
    }

    package func refusal(_ problem: Problem, _ call: FrontCall) -> Reply { PostmarkView.refusal(problem) }

    private var one: FrontAction {
        .submit(read: Self.readOne) { outcomes, call in
            .json(outcomes.first.map { PostmarkView.receipt($0, call) } ?? .null)
        }
    }

    private var several: FrontAction {
        .submit(read: Self.readBatch) { outcomes, call in
            .json(.array(outcomes.map { PostmarkView.receipt($0, call) }))
        }
    }

    private static let batchLimit = 500

    private static func readOne(_ call: FrontCall) throws(Refusal) -> FrontSubmission {
        let body = try call.json()
        guard let mail = body.object else { throw wrongType("an object", body) }
        var submission = FrontSubmission([PostmarkMail(mail, call).message], isAllOrNothing: true)
        submission.refusesSuppressed = true
        return submission
    }

    private static func readBatch(_ call: FrontCall) throws(Refusal) -> FrontSubmission {
        let body = try call.json()
        guard let mails = body.array ?? body["Messages"]?.array else { throw wrongType("a list of messages", body) }
        guard mails.count <= batchLimit else { throw Refusal(.tooManyMessages(batchLimit, found: mails.count)) }
        guard !mails.isEmpty else {
            throw Refusal(.invalidRequest([Problem.Fault(.root, "A batch has at least one message.")]))
        }
        let messages = mails.map { mail in
            guard let fields = mail.object else {
                var message = FrontMessage(SendRequest(via: .postmark))
                message.faults = [Problem.Fault(.root, "expected an object, found \(mail.typeName)")]
                return message
            }
            return PostmarkMail(fields, call).message
        }
        var submission = FrontSubmission(messages, isAllOrNothing: false)
        submission.refusesSuppressed = true
        return submission
    }

    private static func wrongType(_ expected: String, _ body: JSON) -> Refusal {
        Refusal(.invalidRequest([Problem.Fault(.root, "expected \(expected), found \(body.typeName)")]))
    }

    private static func readListing(_ call: FrontCall) throws(Refusal) -> FrontListing {
        var faults = FrontFaults()
        var listing = FrontListing(MessageFilter(limit: 50))
        for (name, range) in [("count", 1...500), ("offset", 0...10_000)] {
            guard let text = call.queryValue(name) else { continue }
            guard let number = Int(text), range.contains(number) else {
                faults.note(
                    JSONPointer([name]),
                    "expected a whole number from \(range.lowerBound) to \(range.upperBound)"
                )
                continue
            }
            if name == "count" { listing.filter.limit = number } else { listing.offset = number }
        }
        if let text = call.queryValue("recipient"), !text.isEmpty {
            // The reason does not matter: the parameter is reported as invalid.
            listing.filter.to = try? EmailAddress(parsing: text)
            if listing.filter.to == nil { faults.note(JSONPointer(["recipient"]), "expected a mail address") }
        }
        if let tag = call.queryValue("tag"), !tag.isEmpty { listing.filter.tag = tag }
        if let subject = call.queryValue("subject"), !subject.isEmpty { listing.filter.subject = subject }
        guard faults.faults.isEmpty else { throw Refusal(.invalidRequest(faults.faults)) }
        return listing
    }

    private static let token = HTTPField.Name(constant: "X-Postmark-Server-Token")
}

extension Problem {
    static let tooManyMessagesName = "too-many-messages"

    fileprivate static func tooManyMessages(_ limit: Int, found: Int) -> Problem {
        Problem(
            tooManyMessagesName,
            title: "Too many messages",
            status: 422,
            detail: "A batch has at most \(limit) messages; this one has \(found)."
        )
    }
}
