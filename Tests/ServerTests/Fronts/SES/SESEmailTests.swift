// SPDX-License-Identifier: Apache-2.0
import Basics
import HTTPTypes
import JSON
import Mail
import Queue
import Submission
import Testing

@testable import Server

/// What calls of Amazon SES become.
@Suite struct SESEmailTests {
    private static let destination = #""Destination":{"ToAddresses":["ana@example.org"]}"#
    private static let simple =
        #""Content":{"Simple":{"Subject":{"Data":"Hi"},"Body":{"Text":{"Data":"Hello","Charset":"UTF-8"}}}}"#

    private static func template(_ members: String) -> String {
        "{\(destination),\"Content\":{\"Template\":{\(members)}}}"
    }

    @Test(arguments: [
        (
            "{\(destination),\(simple)}",
            ["to: ana@example.org", "subject: Hi", "text: Hello"]
        ),
        (
            #"""
            {"FromEmailAddress":"Ana, B <a@example.org>","ReplyToAddresses":["\"R\\\"r\" <r@example.org>"],
             "Destination":{"ToAddresses":["=?UTF-8?B?w4RuYQ==?= <b@example.org>"],"CcAddresses":["<c@example.org>"],
             "BccAddresses":[" d@example.org "]},
             "Content":{"Simple":{"Subject":{"Data":"Hi"},"Body":{"Html":{"Data":"<p>Hi</p>"},"Text":{"Data":""}},
             "Headers":[{"Name":"X-A","Value":"1"}],"Attachments":[{"FileName":"a.txt","RawContent":"aG\r\nk",
             "ContentType":"text/plain; charset=utf-8","ContentDisposition":"INLINE","ContentId":"x","Other":1}]}},
             "EmailTags":[{"Name":"a b","Value":"c:d"},{"Name":"n","Value":1}],"ConfigurationSetName":"set",
             "ListManagementOptions":{"ContactListName":"l"},"TenantName":null,"Unknown":[]}
            """#,
            [
                "from: Ana, B|a@example.org", "to: Äna|b@example.org", "cc: c@example.org", "bcc: d@example.org",
                #"reply_to: R"r|r@example.org"#, "subject: Hi", "html: <p>Hi</p>", "headers: X-A=1",
                "attachment: a.txt hi text/plain; charset=utf-8 x inline", "metadata: a b=c:d", "metadata: n=1",
                "ignored: ConfigurationSetName=set", #"ignored: ListManagementOptions={"ContactListName":"l"}"#,
            ]
        ),
        (
            template(#""TemplateName":"welcome","TemplateData":"{\"name\":\"Ana\"}""#),
            ["to: ana@example.org", "template: welcome", #"data: {"name":"Ana"}"#]
        ),
        (
            template(#""TemplateArn":"arn:aws:ses:eu-central-1:123456789012:template/welcome","TemplateData":"{}""#),
            ["to: ana@example.org", "template: welcome"]
        ),
        // Escaped in HTML only.
        (
            template(
                #"""
                "TemplateContent":{"Subject":"{{a}}","Text":"{{a}} {{#b}}({{c}}){{/b}}","Html":"<i>{{a}}</i>{{{a}}}"},
                "TemplateData":"{\"a\":\"<&>\",\"b\":[{\"c\":1},{\"c\":2}]}"
                """#
            ),
            ["to: ana@example.org", "subject: <&>", "html: <i>&lt;&amp;&gt;</i><&>", "text: <&> (1)(2)"]
        ),
    ])
    func callBecomesARequest(_ body: String, _ expected: [String]) throws {
        let submission = try SESEmail.submission(Self.call(body))
        #expect(submission.messages.map(\.summary) == [expected])
        #expect(submission.messages[0].faults.isEmpty)
    }

    @Test(arguments: [
        ("{\(destination)}", ["/Content: expected one of Simple, Raw and Template"]),
        (
            #"{"Content":{"Simple":{},"Raw":{}}}"#,
            ["/Content: expected one of Simple, Raw and Template, found Simple and Raw"]
        ),
        (
            #"{"FromEmailAddress":["a"],"Destination":{"ToAddresses":"a"},"Content":{"Raw":{"Data":"%"}}}"#,
            [
                "/FromEmailAddress: expected a string, found a list",
                "/Destination/ToAddresses: expected a list, found a string", "/Content/Raw/Data: is not base64",
            ]
        ),
        (
            template(#""TemplateData":"[1]""#),
            [
                "/Content/Template/TemplateData: expected an object, found a list",
                "/Content/Template/TemplateName: is required, or TemplateArn or TemplateContent",
            ]
        ),
        (
            template(#""TemplateName":"a","TemplateData":"{""#),
            ["/Content/Template/TemplateData: is a text that has to hold a JSON object"]
        ),
        (
            template(#""TemplateContent":{"Subject":"{{#if a}}b{{/if}}","Text":"{{> p}}","Html":"{{upper a}}"}"#),
            [
                "/Content/Template/TemplateContent/Subject: Subject:1:1: {{#if a}} is of Handlebars",
                "/Content/Template/TemplateContent/Text: Text:1:1: a template that is sent along has no partials",
                "/Content/Template/TemplateContent/Html: Html:1:1: `upper a` is no name; Mustache has no helpers",
            ]
        ),
        (
            #"{\#(destination),"Content":{"Simple":{"Attachments":[{"RawContent":"="},{"FileName":"a"}],"Headers":[{}]}}}"#,
            [
                "/Content/Simple/Headers/0/Name: is required", "/Content/Simple/Attachments/0/FileName: is required",
                "/Content/Simple/Attachments/1/RawContent: is required",
            ]
        ),
    ])
    func faultsNameTheFieldsOfTheCall(_ body: String, _ expected: [String]) throws {
        let faults = try SESEmail.submission(Self.call(body)).messages[0].faults.map { "\($0.pointer): \($0.detail)" }
        #expect(faults.count == expected.count, "\(faults)")
        for (fault, start) in zip(faults, expected) { #expect(fault.hasPrefix(start)) }
    }

    @Test(arguments: [
        ("/from", "/FromEmailAddress"), ("/to/1/email", "/Destination/ToAddresses/1"),
        ("/html", "/Content/Simple/Body/Html/Data"),
        ("/attachments/0/content_type", "/Content/Simple/Attachments/0/ContentType"),
        ("/metadata/a~1b", "/EmailTags/a~1b"),
    ])
    func placesOfTheGatewayAreThoseOfTheCall(_ place: String, _ expected: String) throws {
        let message = try SESEmail.submission(Self.call("{\(Self.destination),\(Self.simple)}")).messages[0]
        let names: [String] = place.split(separator: "/").map { String($0).replacing("~1", with: "/") }
        let pointer = JSONPointer(names)
        #expect(message.place(pointer).description == expected)
    }

    /// Each entry is a message of its own, with its own values before the common ones.
    @Test func bulkCallBecomesARequestForEachEntry() throws {
        let body = #"""
            {"FromEmailAddress":"a@example.org","DefaultEmailTags":[{"Name":"k","Value":"1"},{"Name":"l","Value":"1"}],
             "DefaultContent":{"Template":{"TemplateName":"welcome","TemplateData":"{\"name\":\"you\",\"n\":1}",
             "Headers":[{"Name":"X-A","Value":"1"},{"Name":"X-B","Value":"1"}]}},
             "BulkEmailEntries":[
             {"Destination":{"ToAddresses":["b@example.org"]},"ReplacementTags":[{"Name":"k","Value":"2"}],
             "ReplacementHeaders":[{"Name":"x-a","Value":"2"}],
             "ReplacementEmailContent":{"ReplacementTemplate":{"ReplacementTemplateData":"{\"name\":\"Ana\"}"}}},
             {"Destination":{"ToAddresses":["c@example.org"]}}]}
            """#
        let submission = try SESBulkEmail.submission(Self.call(body))
        #expect(submission.isAllOrNothing)
        #expect(
            submission.messages.map(\.summary) == [
                [
                    "from: a@example.org", "to: b@example.org", "template: welcome", #"data: {"name":"Ana","n":1}"#,
                    "headers: X-B=1", "headers: x-a=2", "metadata: l=1", "metadata: k=2",
                ],
                [
                    "from: a@example.org", "to: c@example.org", "template: welcome", #"data: {"name":"you","n":1}"#,
                    "headers: X-A=1", "headers: X-B=1", "metadata: k=1", "metadata: l=1",
                ],
            ]
        )
        let place = submission.messages[1].place
        #expect(
            place(.root.appending("to").appending(0)).description == "/BulkEmailEntries/1/Destination/ToAddresses/0"
        )
        #expect(place(.root.appending("template")).description == "/DefaultContent/Template/TemplateName")
    }

    /// SDKs repeat a call under the same invocation id; an idempotency key of the caller's own comes before it.
    @Test(arguments: [
        (["amz-sdk-invocation-id": "u-1"], "amz-sdk-invocation-id:u-1"),
        (["aws-sdk-invocation-id": "u-1"], "amz-sdk-invocation-id:u-1"),
        (["amz-sdk-invocation-id": "u-1", "Idempotency-Key": "k"], nil), ([:], nil),
    ])
    func invocationIDIsTheIdempotencyKey(_ fields: [String: String], _ key: String?) throws {
        let call = try SESCall.call(.post, "/", fields: fields, body: "{\(Self.destination),\(Self.simple)}")
        #expect(try SESEmail.submission(call).idempotencyKey == key)
    }

    @Test func rawMessageGetsWhatItsHeaderLacks() throws {
        let body = { (raw: String) in
            #"""
            {"FromEmailAddress":"Äna <a@example.org>","ReplyToAddresses":["r@example.org","s@example.org"],
             "Destination":{"BccAddresses":["x@example.org"]},"Content":{"Raw":{"Data":"\#(Base64.encode(Array(raw.utf8)))"}}}
            """#
        }
        let bare = try SESEmail.submission(Self.call(body("Subject: Hi\n\nFrom: no field"))).messages[0]
        #expect(
            bare.summary == [
                "bcc: x@example.org",
                "raw: From: =?utf-8?B?w4RuYQ==?= <a@example.org>\r\nReply-To: <r@example.org>,\r\n <s@example.org>\r\n"
                    + "Subject: Hi\n\nFrom: no field",
            ]
        )
        let whole = "from: b@example.org\r\nREPLY-TO: c@example.org\r\n\r\nHello"
        let kept = try SESEmail.submission(Self.call(body(whole))).messages[0]
        #expect(kept.summary == ["bcc: x@example.org", "raw: \(whole)"])
    }

    private static func call(_ body: String) throws -> FrontCall {
        try SESCall.call(.post, "/v2/email/outbound-emails", body: body)
    }
}

/// Version 1, and the answers of both versions.
@Suite struct SESFormTests {
    private static func call(_ fields: [(name: String, value: String)]) throws -> FrontCall {
        try SESCall.call(.post, "/", body: HTTPURL.form(fields))
    }

    @Test func formBecomesARequest() throws {
        let call = try Self.call([
            ("Action", "SendEmail"), ("Version", "2010-12-01"), ("Source", "Ana <a@example.org>"),
            ("Destination.ToAddresses.member.1", "b@example.org"),
            ("Destination.ToAddresses.member.2", "c@example.org"),
            ("Destination.CcAddresses.member.1", "d@example.org"),
            ("Destination.BccAddresses.member.1", "e@example.org"),
            ("ReplyToAddresses.member.1", "r@example.org"), ("Message.Subject.Data", "Hi & bye"),
            ("Message.Body.Text.Data", "Hello"), ("Message.Body.Html.Data", "<p>Hello</p>"),
            ("Tags.member.1.Name", "k"), ("Tags.member.1.Value", "v w"), ("ConfigurationSetName", "set"),
        ])
        #expect(
            try SESForm.submission(call).messages.map(\.summary) == [
                [
                    "from: Ana|a@example.org", "to: b@example.org", "to: c@example.org", "cc: d@example.org",
                    "bcc: e@example.org", "reply_to: r@example.org", "subject: Hi & bye", "html: <p>Hello</p>",
                    "text: Hello", "metadata: k=v w", "ignored: ConfigurationSetName=set",
                ]
            ]
        )
        let reply = SESForm.sent([SESAnswerTests.outcome("msg_01KB9V5R2W4J8Z0000000000AB")], call)
        #expect(
            String(decoding: reply.body, as: UTF8.self)
                == #"<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult><MessageId>"#
                + FrontID.uuid("msg_01KB9V5R2W4J8Z0000000000AB")
                + "</MessageId></SendEmailResult><ResponseMetadata><RequestId>req_1</RequestId></ResponseMetadata>"
                + "</SendEmailResponse>"
        )
    }

    @Test func rawFormBecomesARequest() throws {
        let raw = "From: a@example.org\nTo: b@example.org\n\nHello"
        let call = try Self.call([
            ("Action", "SendRawEmail"), ("RawMessage.Data", Base64.encode(Array(raw.utf8))),
            ("Destinations.member.1", "x@example.org"),
        ])
        #expect(try SESForm.submission(call).messages.map(\.summary) == [["to: x@example.org", "raw: \(raw)"]])
        let broken = try SESForm.submission(Self.call([("Action", "SendRawEmail"), ("RawMessage.Data", "?")]))
        #expect(broken.messages[0].faults.map(\.pointer.description) == ["/RawMessage/Data"])
        #expect(throws: Refusal.self) { try SESForm.submission(Self.call([("Action", "DeleteIdentity")])) }
    }
}

@Suite struct SESAnswerTests {
    static func outcome(_ id: String) -> FrontOutcome {
        FrontOutcome(
            request: SendRequest(via: .ses),
            result: .accepted(SubmittedMessage(id: id, state: .queued, messageID: "\(id)@example.org"))
        )
    }

    private static func fault(_ name: String, _ detail: String) -> Problem.Fault {
        Problem.Fault(JSONPointer(name.split(separator: "/").map(String.init)), detail)
    }

    @Test(arguments: [
        (Problem.noSignature, 403, "UnrecognizedClientException", "UnrecognizedClientException"),
        (.wrongKey, 403, "UnrecognizedClientException", "UnrecognizedClientException"),
        (.wrongSignature("a < b"), 403, "SignatureDoesNotMatch", "SignatureDoesNotMatch"),
        (.missingScope(.send), 403, "AccessDeniedException", "AccessDeniedException"),
        (.signaturesAreOff, 403, "AccessDeniedException", "AccessDeniedException"),
        (.outsideKey([fault("Source", "No.")]), 400, "MessageRejected", "MessageRejected"),
        (.notFound, 404, "NotFoundException", "NotFoundException"),
        (.invalidRequest([fault("Subject", "is required")]), 400, "BadRequestException", "InvalidParameterValue"),
        (
            .invalidRequest([fault("Content/Template/TemplateName", "there is no template of this name")]), 404,
            "NotFoundException", "NotFoundException"
        ),
        (.notJSON("empty"), 400, "BadRequestException", "InvalidParameterValue"),
        (.bodyTooLarge, 400, "BadRequestException", "InvalidParameterValue"),
        (.unknownAction("X"), 400, "UnknownOperationException", "InvalidAction"),
        (.busy, 503, "ServiceUnavailable", "ServiceUnavailable"),
        (.storeUnavailable(cause: "x"), 503, "ServiceUnavailable", "ServiceUnavailable"),
        (.internalError, 500, "InternalFailure", "InternalFailure"),
    ])
    func problemHasItsTypeAndStatus(_ problem: Problem, _ status: Int, _ type: String, _ code: String) throws {
        let front = SESFront()
        let call = try SESCall.call(.post, "//ses/v2/email/outbound-emails")
        let reply = front.refusal(problem, call)
        #expect(reply.status == status)
        #expect(reply.fields[try #require(HTTPField.Name("x-amzn-ErrorType"))] == type)
        #expect(reply.fields[try #require(HTTPField.Name("x-amzn-RequestId"))] == "req_1")
        #expect(reply.fields[.contentType] == "application/json")
        #expect(String(decoding: reply.body, as: UTF8.self).hasPrefix(#"{"message":""#))
        for path in ["/", "//", "/ses", "/ses/"] {
            let old = front.refusal(problem, try SESCall.call(.post, path))
            #expect(old.status == status)
            #expect(old.fields[.contentType] == "text/xml")
            #expect(String(decoding: old.body, as: UTF8.self).contains("<Code>\(code)</Code><Message>"))
        }
    }

    @Test func messageNamesTheFieldsAndIsEscapedInXML() throws {
        let problem = Problem.invalidRequest([
            Self.fault("Destination/ToAddresses/1", "The address <b> is none."), Self.fault("Content", "is required"),
        ])
        #expect(
            SESError(problem).message == "Destination.ToAddresses[1]: The address <b> is none. Content: is required."
        )
        let xml = String(decoding: SESForm.reply(SESError(problem), try SESCall.call(.post, "/")).body, as: UTF8.self)
        #expect(xml.contains("<Type>Sender</Type>"))
        #expect(xml.contains("[1]: The address &lt;b&gt; is none."))
    }

    @Test func answersHaveTheIDsAsUUIDs() throws {
        let call = try SESCall.call(.post, "/v2/email/outbound-emails")
        let ids = ["msg_01KB9V5R2W4J8Z0000000000AB", "msg_01KB9V5R2W4J8Z0000000000AC"]
        let sent = SESAnswer.sent([Self.outcome(ids[0])], call)
        #expect(String(decoding: sent.body, as: UTF8.self) == #"{"MessageId":"\#(FrontID.uuid(ids[0]))"}"#)
        let bulk = String(decoding: SESAnswer.bulkSent(ids.map(Self.outcome), call).body, as: UTF8.self)
        #expect(bulk.contains(#"{"Status":"SUCCESS","MessageId":"\#(FrontID.uuid(ids[1]))"}]}"#))
    }
}

extension FrontMessage {
    /// What the request has, a line for each value.
    var summary: [String] {
        var lines: [String] = []
        func add(_ name: String, _ value: String?) { if let value { lines.append("\(name): \(value)") } }
        add("from", request.from?.summary)
        for (name, list) in [
            ("to", request.to), ("cc", request.cc), ("bcc", request.bcc), ("reply_to", request.replyTo),
        ] {
            for item in list?.items ?? [] { add(name, item?.summary ?? "-") }
        }
        for (name, value) in [("subject", request.subject), ("html", request.html), ("text", request.text)] {
            add(name, value)
        }
        add("template", request.template)
        add("data", request.data.map { String(decoding: JSON.object($0).encoded(), as: UTF8.self) })
        if case .bytes(let raw)? = request.raw { add("raw", String(decoding: raw, as: UTF8.self)) }
        for header in request.headers ?? [] { add("headers", "\(header.name)=\(header.value)") }
        for file in request.attachments ?? [] {
            let content = file?.content.map { String(decoding: $0, as: UTF8.self) }
            let parts = [file?.fileName, content, file?.contentType, file?.contentID, file?.disposition]
            add("attachment", parts.map { $0 ?? "-" }.joined(separator: " "))
        }
        for pair in request.metadata ?? [] { add("metadata", "\(pair.name)=\(pair.value)") }
        for field in ignored { add("ignored", "\(field.name)=\(field.value ?? "")") }
        return lines
    }
}

extension SendRequest.Address {
    fileprivate var summary: String {
        switch self {
        case .text(let text): text
        case .parts(let email, let name): [name, email].compactMap(\.self).joined(separator: "|")
        case .mailbox(let mailbox): [mailbox.name, "\(mailbox.address)"].compactMap(\.self).joined(separator: "|")
        }
    }
}
