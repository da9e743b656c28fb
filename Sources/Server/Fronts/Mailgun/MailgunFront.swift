// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import JSON
internal import Mail
package import Queue
package import Submission

/// The API v3 of Mailgun: https://documentation.mailgun.com/docs/mailgun/api-reference.
package struct MailgunFront: Front {
    package let path = SubmissionPath.mailgun
    package let realms = ["/v3/domains"]

    package init() {}

    package var routes: [FrontRoute] {
        [
            FrontRoute(.post, "/v3/{domain}/messages", scope: .send, action(isRaw: false)),
            FrontRoute(.post, "/v3/{domain}/messages.mime", scope: .send, action(isRaw: true)),
            FrontRoute(.get, "/v3/domains/{domain}", scope: nil, .answer(Self.domain)),
        ]
    }

    /// Basic authentication as the user `api`; the key is the password.
    package func credential(_ call: FrontCall) throws(Refusal) -> FrontCredential {
        let missing = Refusal(
            .missingKey("Send HTTP Basic authentication with the user `api` and KEY as the password.")
        )
        guard let authorization = call.fields[.authorization], authorization.utf8.count < 1024,
            authorization.prefix(6).lowercased() == "basic ",
            let bytes = Base64.decode(authorization.dropFirst(6).filter { $0 != " " }),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { throw missing }
        return .secret(Secret(String(decoding: bytes[(colon + 1)...], as: UTF8.self)))
    }

    /// `{"message"}`, with all faults in one text.
    package func refusal(_ problem: Problem, _ call: FrontCall) -> Reply {
        let status =
            switch problem.name {
            case "idempotency-key-reused": 409
            case "idempotency-in-progress": 429
            default: problem.status == 422 || problem.status == 415 ? 400 : problem.status
            }
        return .json(["message": .string(Self.message(problem))], status: status)
    }

    private static func message(_ problem: Problem) -> String {
        if problem.faults.isEmpty || problem.status == 403 { return problem.detail }
        return problem.faults.map { fault in
            let names = fault.pointer.names
            guard let field = names.first else { return fault.detail }
            let isAddress = ["to", "cc", "bcc", "from", "h:Reply-To"].contains(field) && fault.detail.hasSuffix(".")
            if isAddress {
                return "'\(field)' parameter is not a valid address. please check documentation. \(fault.detail)"
            }
            if fault.detail == MailgunMail.missing { return "'\(field)' parameter is missing" }
            return "'\(names.joined(separator: "."))' parameter: \(fault.detail)"
        }
        .joined(separator: "; ")
    }

    private func action(isRaw: Bool) -> FrontAction {
        .submit(
            read: { call throws(Refusal) in
                let brand = try Self.brand(call)
                return try MailgunMail.submission(try Self.form(call), brand: brand, isRaw: isRaw, call)
            },
            write: Self.write
        )
    }

    /// The id is our Message-ID in angle brackets; that of the first message.
    private static func write(_ outcomes: [FrontOutcome], _ call: FrontCall) -> Reply {
        .json(["id": .string("<\(outcomes.first?.result.message?.messageID ?? "")>"), "message": "Queued. Thank you."])
    }

    private static func form(_ call: FrontCall) throws(Refusal) -> FormFields {
        switch call.mediaType {
        case "application/x-www-form-urlencoded":
            let form = FormFields(urlEncoded: String(decoding: call.body, as: UTF8.self))
            if form.isTooLong { throw Refusal(.badPath("The form has over \(FormFields.countLimit) fields.")) }
            return form
        case "multipart/form-data":
            if let form = Multipart.fields(call.body, contentType: call.fields[.contentType] ?? "") { return form }
            throw Refusal(.badPath("The body is no form that can be read as multipart/form-data."))
        default:
            throw Refusal(
                .badPath("Send the message as a form, multipart/form-data or application/x-www-form-urlencoded.")
            )
        }
    }

    /// The brand of the domain in the path; its own domain or one below it.
    private static func brand(_ call: FrontCall) throws(Refusal) -> MailBrand {
        let domain = call.parameter("domain").lowercased()
        var labels = domain.split(separator: ".")[...]
        while labels.count > 1 {
            if let brand = call.brand(ofDomain: labels.joined(separator: ".")) { return brand }
            labels = labels.dropFirst()
        }
        throw Refusal(
            .notFound("Domain not found: no brand of the key has a From address at the domain in the path.")
        )
    }

    private static func domain(_ call: FrontCall) throws(Refusal) -> Reply {
        _ = try brand(call)
        return .json([
            "domain": [
                "name": .string(call.parameter("domain")), "state": "active", "type": "custom", "wildcard": false,
                "spam_action": "disabled", "is_disabled": false, "created_at": "Thu, 01 Jan 1970 00:00:00 GMT",
            ],
            "sending_dns_records": [], "receiving_dns_records": [],
        ])
    }
}
