// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import Mail

/// Options in header fields: ours, and those of other services.
@Suite struct HeaderOptionsTests {
    private func options(_ lines: String) throws -> HeaderOptions {
        try RawMessageTests.prepared(lines + "\nFrom: a@b.example\n\n").options
    }

    @Test func oursAreRead() throws {
        let options = try options(
            """
            X-Posthaste-Brand: acme
            x-posthaste-category: invoice
            X-Posthaste-Priority: bulk
            X-Posthaste-Provider: relay
            X-Posthaste-List: news
            X-Posthaste-Idempotency-Key: order 7
            X-Posthaste-Send-At: 2026-11-20T17:33:27Z
            X-Posthaste-Expires-At: 2026-11-21T17:33:27+01:00
            X-Posthaste-Tag: one
            X-Posthaste-Tag: =?utf-8?Q?zw=C3=B6lf?=
            X-Posthaste-Tag: one
            X-Posthaste-Metadata-orderId: 7
            X-Posthaste-Brand: second
            """
        )
        #expect(options.brand == "acme")
        #expect(options.category == "invoice")
        #expect(options.priority == "bulk")
        #expect(options.provider == "relay")
        #expect(options.list == "news")
        #expect(options.idempotencyKey == "order 7")
        #expect(options.sendAt?.description == "2026-11-20T17:33:27.000Z")
        #expect(options.expiresAt?.description == "2026-11-21T16:33:27.000Z")
        #expect(options.tags == ["one", "zwölf"])
        #expect(options.metadata.map { "\($0.name)=\($0.value)" } == ["orderId=7"])
        #expect(options.fields["category"] == "x-posthaste-category")
        #expect(options.fields["tags/1"] == "X-Posthaste-Tag")
        #expect(options.fields["metadata/orderId"] == "X-Posthaste-Metadata-orderId")
        #expect(options.warnings.isEmpty)
        #expect(!options.isTest)
    }

    @Test func eachOptionNamesItsField() throws {
        let options = try options(
            """
            X-SMTPAPI: {"category": ["c", "d"], "unique_args": {"f": "g"}}
            X-PM-Tag: b
            X-Posthaste-Tag: a
            X-PM-Metadata-e: e
            X-Posthaste-Metadata-e: e
            X-Mailgun-Deliver-By: Fri, 20 Nov 2026 17:33:27 +0000
            """
        )
        #expect(options.tags == ["a", "c", "d", "b"])
        let names = ["X-Posthaste-Tag", "X-SMTPAPI", "X-SMTPAPI", "X-PM-Tag"]
        #expect((0..<4).map { options.field(of: "tags/\($0)") } == names)
        #expect(options.field(of: "tags") == "X-Posthaste-Tag")
        #expect(options.field(of: "metadata/e") == "X-Posthaste-Metadata-e")
        #expect(options.field(of: "metadata/f") == "X-SMTPAPI")
        #expect(options.field(of: "metadata") == "X-Posthaste-Metadata-e")
        #expect(options.field(of: "send_at") == "X-Mailgun-Deliver-By")
        #expect(options.field(of: "brand") == nil)
    }

    /// Tags, metadata, key, time and test, with semicolons between them.
    private func summary(_ options: HeaderOptions) -> String {
        let metadata = options.metadata.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
        let parts = [
            options.tags.joined(separator: ","), metadata, options.idempotencyKey ?? "",
            options.sendAt?.description ?? "",
        ]
        return parts.joined(separator: ";") + (options.isTest ? ";test" : "")
    }

    @Test(arguments: [
        ("X-PM-Tag: a\nX-Mailgun-Tag: b\nX-Tag: c\nX-Mailgun-Tag: b", "a,b,c;;;"),
        ("X-PM-Metadata-Color: red\nX-Metadata-Size: 7\nX-Metadata-Size: 8", ";Color=red,Size=7;;"),
        ("X-Metadata: {\"a\": \"b\",\n \"c\": 1}", ";a=b,c=1;;"),
        ("X-Mailgun-Variables: {\"a\": {\"b\": true}}", ";a={\"b\":true};;"),
        ("Resend-Idempotency-Key: k", ";;k;"), ("X-EE-Idempotency-Key: k", ";;k;"),
        ("X-Mailgun-Deliver-By: Fri, 20 Nov 2026 17:33:27 +0000", ";;;2026-11-20T17:33:27.000Z"),
        ("X-EE-Send-At: 1795196007000", ";;;2026-11-20T17:33:27.000Z"),
        ("X-EE-Send-At: 2026-11-20T17:33:27Z", ";;;2026-11-20T17:33:27.000Z"),
        ("X-SES-MESSAGE-TAGS: a=b, c=d", ";a=b,c=d;;"), ("X-Mailgun-Drop-Message: yes", ";;;;test"),
        (
            "X-SMTPAPI: {\"category\": [\"a\", \"b\"], \"unique_args\": {\"c\": \"d\"},\n \"send_at\": 1795196007, \"to\": []}\n"
                + "X-SMTPAPI: {\"category\": \"z\"}", "a,b;c=d;;2026-11-20T17:33:27.000Z"
        ),
        ("X-SMTPAPI: {\"category\": \"a\", \"filters\": {}}", "a;;;"),
        ("X-PM-Message-Stream: x\nX-Mailgun-Track: no", ";;;"),
        // Ours come first, whatever the order.
        (
            "X-PM-Tag: a\nResend-Idempotency-Key: k\nX-Posthaste-Idempotency-Key: own\nX-Posthaste-Tag: own",
            "own,a;;own;"
        ),
    ])
    func thoseOfOtherServicesAreRead(_ lines: String, _ expected: String) throws {
        let options = try options(lines)
        #expect(summary(options) == expected)
        #expect(options.warnings.isEmpty)
    }

    @Test(arguments: [
        "X-Mailgun-Deliver-By: tomorrow", "X-EE-Send-At: soon", "X-PM-Tag:", "X-Metadata: red",
        "X-Mailgun-Variables: []",
        "X-SES-MESSAGE-TAGS: a", "X-SMTPAPI: {", "Resend-Idempotency-Key: ü", "X-SMTPAPI: {\"send_at\": \"x\"}",
        "X-SMTPAPI: {\"category\": [7]}", "X-EE-Send-At: 9223372036854775807",
        "X-EE-Send-At: 1795196007", "X-EE-Send-At: 0", "X-Mailgun-Deliver-By: Fri, 20 Nov 2037 17:33:27 +0000",
        "X-SMTPAPI: {\"send_at\": 1795196007000}", "X-SMTPAPI: {\"send_at\": 1}", "X-EE-Send-At: 2025-11-18T17:33:27Z",
        "X-SMTPAPI: {\"category\": [" + (0..<5000).map { "\"\($0)\"" }.joined(separator: ",") + "]}",
        "X-PM-Metadata-a: " + String(repeating: "word ", count: 1000),
        (0..<11).map { "X-Tag: \($0)" }.joined(separator: "\n"),
    ])
    func badValuesOfOthersAreIgnoredWithAWarning(_ lines: String) throws {
        let options = try options(lines)
        let name = lines.prefix { $0 != ":" }
        #expect(options.warnings.map(\.field) == [String(name)])
        #expect(options.sendAt == nil)
    }

    @Test(arguments: [
        "X-Posthaste-Brand: a b", "X-Posthaste-Category:", "X-Posthaste-Priority: top", "X-Posthaste-Send-At: tomorrow",
        "X-Posthaste-Expires-At: Fri, 20 Nov 2026 17:33:27 +0000", "X-Posthaste-Idempotency-Key: ü", "X-Posthaste-Tag:",
        "X-Posthaste-Metadata-: x", "X-Posthaste-Brnad: x", "X-SMTPAPI: {\"to\": [\"a@b.example\"]}",
        "X-SMTPAPI: {\"sub\": {\"a\": [\"b\"]}}", "X-SMTPAPI: {\"section\": {\"a\": \"b\"}}",
    ])
    func badValuesOfOursAreFaultsThatNameTheField(_ line: String) throws {
        let error = try #require(try RawMessageTests.refusal(line + "\nFrom: a@b.example\n\n"))
        #expect(error.faults.map(\.field) == [String(line.prefix { $0 != ":" })])
        #expect(error.faults.map(\.kind) == [.option])
    }

    @Test func plainNamesStayWhenTheOperatorSaysSo() throws {
        var completion = try RawMessageTests.completion()
        completion.options.takesPlainNames = false
        let text =
            "X-Tag: a\r\nX-Metadata-b: c\r\nX-PM-Tag: d\r\nFrom: a@b.example\r\nDate: x\r\nMessage-ID: <1@b>\r\n\r\n"
        let message = try RawMessage(preparing: Array(text.utf8), completion)
        #expect(message.options.tags == ["d"])
        #expect(message.bytes == Array(text.replacing("X-PM-Tag: d\r\n", with: "").utf8))
    }
}
