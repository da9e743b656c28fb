// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import JSON
package import Queue
package import Submission

/// The API v3 of SendGrid: https://www.twilio.com/docs/sendgrid/api-reference/mail-send.
package struct SendGridFront: Front {
    package let path = SubmissionPath.sendgrid
    package let realms = ["/v3"]

    package init() {}

    package var routes: [FrontRoute] {
        [
            FrontRoute(.post, "/v3/mail/send", scope: .send, .submit(read: Self.read, write: Self.write)),
            FrontRoute(.post, "/v3/mail/batch", scope: .send, .answer(Self.newBatch)),
            FrontRoute(.get, "/v3/scopes", scope: nil, .answer(Self.scopes)),
        ]
    }

    package func credential(_ call: FrontCall) throws(Refusal) -> FrontCredential {
        guard let key = call.bearer else {
            throw Refusal(.missingKey("Send `Authorization: Bearer KEY`, in the SDKs as the API key."))
        }
        return .secret(Secret(key))
    }

    /// `{"errors": [{"message", "field", "help"}]}`, with all faults at once.
    package func refusal(_ problem: Problem, _ call: FrontCall) -> Reply {
        let help = JSON.null
        var errors: [JSON] = problem.faults.map { fault in
            let field = fault.pointer.dotted
            return [
                "message": .string(fault.detail), "field": field.isEmpty ? .null : .string(field), "help": help,
            ]
        }
        if errors.isEmpty { errors = [["message": .string(problem.detail), "field": .null, "help": help]] }
        return .json(["errors": .array(errors)], status: Self.status(of: problem))
    }

    private static func status(of problem: Problem) -> Int {
        switch problem.name {
        case "idempotency-key-reused": 409
        case "idempotency-in-progress": 429
        default: problem.status == 422 || problem.status == 415 ? 400 : problem.status
        }
    }

    private static func read(_ call: FrontCall) throws(Refusal) -> FrontSubmission {
        let body = try call.json()
        guard let mail = body.object else {
            throw Refusal(.invalidRequest([Problem.Fault(.root, "expected an object, found \(body.typeName)")]))
        }
        return try SendGridMail.submission(mail, call)
    }

    /// 202 without a body; 200 for a sandbox.
    ///
    /// The id is that of the first message.
    private static func write(_ outcomes: [FrontOutcome], _ call: FrontCall) -> Reply {
        let isSandbox = (try? call.json()).flatMap(\.object).map(SendGridMail.isSandbox) ?? false
        var reply = Reply(status: isSandbox ? 200 : 202)
        reply.fields[Self.messageID] = FrontID.uuid(outcomes.first?.result.id ?? "")
        return reply
    }

    /// An id for calls to put together; nothing is kept of it.
    private static func newBatch(_ call: FrontCall) throws(Refusal) -> Reply {
        let seed = Array("\(call.requestID) \(call.now)".utf8)
        return .json(["batch_id": .string(ContentHash(of: seed).description)], status: 201)
    }

    private static func scopes(_ call: FrontCall) throws(Refusal) -> Reply {
        let scopes = call.principal.scopes.contains(.send) ? ["mail.send", "mail.batch.create"] : []
        return .json(["scopes": .array(scopes.map(JSON.string))])
    }

    private static let messageID = HTTPField.Name(constant: "X-Message-Id")
}
