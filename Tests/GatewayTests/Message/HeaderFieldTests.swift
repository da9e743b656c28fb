// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Mail

@Suite struct HeaderFieldTests {
    @Test(arguments: [
        ("X-Trace", "abc", "abc"), ("x-trace", "  a\tb ", "a b"),
        ("X-Überraschung".filter(\.isASCII), "für Ana", "für Ana"),
        (
            "List-Unsubscribe", "<https://x.example/?a=?b>, <mailto:u@x.example>",
            "<https://x.example/?a=?b>, <mailto:u@x.example>"
        ),
        ("In-Reply-To", "<1@x.example>", "<1@x.example>"), ("X-Priority", "1", "1"),
        ("Feedback-ID", "a:b:c:d", "a:b:c:d"),
        ("X-Auto-Response-Suppress", "OOF", "OOF"), ("!#$%&'*+.^_|~-", "x", "x"),
    ])
    func goodFieldsAreTaken(_ name: String, _ value: String, _ kept: String) throws {
        #expect(try HeaderField(name: name, value: value).value == kept)
    }

    @Test(arguments: [
        "From", "from", "FROM", "Sender", "To", "Cc", "Bcc", "Reply-To", "Subject", "Date", "Message-ID",
        "MIME-Version",
        "Mime-Anything", "Content-Type", "content-transfer-encoding", "Content-X", "Received", "Received-SPF",
        "Return-Path",
        "Delivered-To", "DKIM-Signature", "DomainKey-Signature", "ARC-Seal", "ARC-Message-Signature", "Resent-To",
        "Authentication-Results", "Auto-Submitted", "X-Google-DKIM", "X-SMTPAPI", "X-MSYS-API",
        "X-SES-Configuration-Set",
        "X-Mailgun-Tag", "X-MJ-Id", "X-PM-Tag", "X-Mailin-Tag", "X-Sib-Id", "X-Posthaste-Id",
    ])
    func protectedNamesAreRefused(_ name: String) {
        let fault = #expect(throws: FieldError.self) { try HeaderField(name: name, value: "x") }
        #expect(fault?.part == .name)
        #expect(fault?.description.contains("cannot be set here") == true)
    }

    @Test(arguments: [
        "", "X Y", "X:Y", "X\r\nBcc", "X\u{0}", "Ü", "X(", "X/Y", "X@", "X\"", "From ", " From", "Bcc\u{200B}",
        String(repeating: "x", count: 77),
    ])
    func badNamesAreRefused(_ name: String) {
        let fault = #expect(throws: FieldError.self) { try HeaderField(name: name, value: "x") }
        #expect(fault?.part == .name)
    }

    @Test(arguments: [
        ("X-A", "", "empty"), ("X-A", " \t ", "empty"), ("X-A", "a\r\nBcc: b@c.example", "line break"),
        ("X-A", "a\nb", "line break"),
        ("X-A", "a\rb", "line break"), ("X-A", "a\u{0}b", "control character"),
        ("X-A", "a\u{1B}b", "control character"),
        ("X-A", "a\u{85}b", "line break"), ("X-A", "a\u{2029}b", "line break"),
        ("X-A", "a\u{2066}b", "direction control"),
        ("X-A", String(repeating: "x", count: 16 * 1024), "longer than"),
        ("References", "<ü@x.example>", "only ASCII"), ("References", "<a@x.example>  <b@x.example>", "two blanks"),
        ("List-Unsubscribe", "<https://" + String(repeating: "x", count: 901) + ">", "without a blank"),
    ])
    func badValuesAreRefusedWithTheReason(_ name: String, _ value: String, _ reason: String) {
        let fault = #expect(throws: FieldError.self) { try HeaderField(name: name, value: value) }
        #expect(fault?.part == .value)
        #expect(fault?.description.contains(reason) == true, "\(String(describing: fault))")
    }

    @Test func setsAreBoundedAndSingleFieldsStaySingle() throws {
        let field = try HeaderField(name: "X-A", value: "x")
        #expect(HeaderField.faults(in: Array(repeating: field, count: HeaderField.countLimit)).isEmpty)
        #expect(
            HeaderField.faults(in: Array(repeating: field, count: HeaderField.countLimit + 1)).map(\.position) == [nil]
        )
        let long = try HeaderField(name: "X-A", value: String(repeating: "x", count: 16_000))
        #expect(HeaderField.faults(in: [long, long, long]).isEmpty)
        #expect(HeaderField.faults(in: [long, long, long, long]).map(\.position) == [nil])
        for name in ["References", "In-Reply-To", "List-Unsubscribe", "List-ID"] {
            let twice = [
                try HeaderField(name: name, value: "x"), field, try HeaderField(name: name.lowercased(), value: "y"),
            ]
            #expect(HeaderField.faults(in: twice).map(\.position) == [2], "\(name)")
        }
    }

    @Test(arguments: [
        ("Hello", "Hello"), ("", ""), ("  a\tb  ", "a b"), ("Grüße", "Grüße"), ("مرحبا \u{200F}x", "مرحبا \u{200F}x"),
    ])
    func goodSubjectsAreTidied(_ text: String, _ kept: String) throws {
        #expect(try HeaderText.subject(text) == kept)
    }

    @Test(arguments: ["a\nb", "a\r\nb", "a\u{0}", "a\u{9F}", "a\u{202A}", String(repeating: "x", count: 16 * 1024 + 1)])
    func badSubjectsAreRefused(_ text: String) {
        #expect(throws: FieldError.self) { try HeaderText.subject(text) }
    }
}
