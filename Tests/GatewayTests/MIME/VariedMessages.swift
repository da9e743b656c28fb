// SPDX-License-Identifier: Apache-2.0
@testable import Basics
@testable import Mail

/// Messages of many scripts, shapes and lengths, each with its own name.
enum VariedMessages {
    static func all() throws -> [(label: String, message: OutgoingMessage)] {
        try subjects() + names() + bodies() + files() + fields()
    }

    static func message(
        from: Mailbox? = nil,
        to: [Mailbox]? = nil,
        cc: [Mailbox] = [],
        bcc: [Mailbox] = [],
        replyTo: [Mailbox] = [],
        subject: String = "Hello",
        text: String = "Hello.\n",
        html: String? = nil,
        attachments: [Attachment] = [],
        headers: [HeaderField] = [],
        messageID: String = "0192f3c4-7d2e.5a6b@example.org"
    ) throws -> OutgoingMessage {
        let to = try to ?? [mailbox(nil)]
        return OutgoingMessage(
            id: "msg_1",
            messageID: messageID,
            date: Timestamp(milliseconds: 1_795_196_007_042),
            from: try from ?? mailbox("Posthaste"),
            replyTo: replyTo,
            recipients: to.map { Recipient($0) } + cc.map { Recipient($0, kind: .cc) }
                + bcc.map { Recipient($0, kind: .bcc) },
            subject: try HeaderText.subject(subject),
            text: text,
            html: html,
            attachments: attachments,
            headers: headers
        )
    }

    static func mailbox(_ name: String?, _ address: String = "ana@example.org") throws -> Mailbox {
        try Mailbox(name: name, address: EmailAddress(parsing: address))
    }

    private static func subjects() throws -> [(String, OutgoingMessage)] {
        let subjects = [
            "", "Grüße aus Köln – Passwort zurücksetzen", "Сброс пароля", "パスワードの再設定", "重設密碼",
            "إعادة تعيين كلمة المرور",
            "איפוס סיסמה", "รีเซ็ตรหัสผ่าน", "पासवर्ड रीसेट करें", "🎉 Party 🎉 👩‍👩‍👧‍👦", "e\u{301}a\u{308}",
            "a =?utf-8?B?eA==?= b", "=?utf-8?Q?x?=", "=?", "?=", "a=?b c?=d", "Invoice 12 für Ana is due now",
            "two  blanks   three", "ü" + String(repeating: " ", count: 60) + "ü",
            "x" + String(repeating: " ", count: 300) + "y",
            "A: b; c=\"d\" <e@f> (g) \\ ,.", String(repeating: "word ", count: 200), String(repeating: "x", count: 990),
            String(repeating: "x", count: 3000), String(repeating: "日本語", count: 200),
            String(repeating: "🎉", count: 100),
            "a" + String(repeating: "é", count: 100), String(repeating: "wörd ", count: 100), "ends in ü", "ü starts",
            String(repeating: "a", count: 66) + " ü", String(repeating: "a", count: 67) + "ü b", "a_b=c?d ü_ü=ü?",
        ]
        return try subjects.map { ("subject \($0.prefix(30))", try message(subject: $0)) }
    }

    private static func names() throws -> [(String, OutgoingMessage)] {
        let names = [
            "Ana", "Ana Lima", "Ana  Lima", "Lima, Ana", "J. R. Lima", "\"Ana\"", "a\\b", "Zoë", "山田太郎", "Ana 🎉 Lima",
            "ceo@bank.example",
            "=?utf-8?Q?x?=", "Ana <x@y.example>", "(Ana)", "[A]:;", "'Ana'", "Ana\u{A0}Lima",
            String(repeating: "long ", count: 40),
            String(repeating: "x", count: 512), String(repeating: "\"", count: 512), String(repeating: "ü", count: 256),
            String(repeating: "a, ", count: 60), "x" + String(repeating: " ", count: 200) + "y", "\\ \\ \"x\" \\",
        ]
        let single = try names.map {
            let mailbox = try mailbox($0)
            return ("name \($0.prefix(30))", try message(from: mailbox, to: [mailbox, mailbox], replyTo: [mailbox]))
        }
        let many = try (0..<50).map {
            try mailbox($0 % 3 == 0 ? nil : names[$0 % names.count], "ana\($0)@bücher.example")
        }
        let long = try mailbox(
            "Zoë",
            String(repeating: "l", count: 64) + "@" + String(repeating: "d", count: 60) + ".example"
        )
        return single + [
            ("50 recipients", try message(to: many, cc: many)),
            ("long address", try message(from: long, to: [long, long])),
            ("copies only", try message(to: [], cc: [mailbox("Zoë")])), ("hidden only", try message(to: [], bcc: many)),
            ("local part beyond ASCII", try message(to: [mailbox("Jörg", "jörg@bücher.example")])),
        ]
    }

    private static func bodies() throws -> [(String, OutgoingMessage)] {
        let texts = [
            "", "\n", "\r\n\r\n", "no line break", "a\r\nb\nc\rd\n", "a\n\r\nb\r\r\nc", ".\n..\n.a\n\n.\n",
            "From me\nFrom you\n>From\n",
            "-- \nAna\n", "--=_m_\n--\n", "trailing \nblanks\t\n  \n\t\n ", "\tindented\n  too\n", "x=y=z\n=20=\n",
            "soft=\r\nbreak\n",
            String(repeating: "x", count: 5000), String(repeating: "word ", count: 1000),
            String(repeating: "=", count: 500),
            String(repeating: "x", count: 74) + ".\n" + String(repeating: "x", count: 75) + ".\n"
                + String(repeating: "x", count: 76) + " ",
            String(repeating: "x", count: 75) + "From y\n", "Grüße\n", "日本語のテキスト\n行二\n", "Привет, мир.\n\n", "🎉\n",
            "bell\u{7} esc\u{1B}[0m\u{0}\n",
            "e\u{301} \u{2028} \u{85}\n",
            "mostly ascii with one ü" + String(repeating: " and more text", count: 30) + "\n",
        ]
        let plain = try texts.enumerated().map { ("text \($0)", try message(text: $1)) }
        let html = try texts.enumerated().map { ("html \($0)", try message(text: "x\n", html: "<p>\($1)</p>")) }
        let bare = try texts.enumerated().map { ("both \($0)", try message(text: $1, html: $1)) }
        return plain + html + bare
    }

    private static func files() throws -> [(String, OutgoingMessage)] {
        let names = [
            "a.pdf", "a b.pdf", "a\"b.pdf", "Übersicht 2026.pdf", "報告書.docx", "🎉.png", "a;b=c'd*e%f.txt",
            String(repeating: "x", count: 300) + ".pdf",
            String(repeating: "報告", count: 80) + ".pdf", String(repeating: "e\u{301}", count: 60) + ".pdf",
            "=?utf-8?Q?x?=.pdf", "100% (1).txt",
        ]
        let content = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 131) }
        let files = try names.map { try AttachmentRules.attachment(fileName: $0, content: content) }
        let empty = try AttachmentRules.attachment(fileName: "empty.txt", content: [])
        let image = try AttachmentRules.attachment(
            fileName: "Logo ü.png",
            contentID: "logo@x.example",
            content: content
        )
        let unnamed = try AttachmentRules.attachment(fileName: "b.png", disposition: "inline", content: content)
        let typed = try AttachmentRules.attachment(
            fileName: "t.csv",
            contentType: "text/csv; charset=utf-8; header=\"a b\"",
            content: [0xC3, 0xBC]
        )
        return try files.map { ("file \($0.fileName.prefix(20))", try message(attachments: [$0])) } + [
            ("all files", try message(html: "<p>ü</p>", attachments: files)),
            ("files alone", try message(text: "", attachments: [empty, typed])),
            ("image", try message(html: "<img src=\"cid:logo@x.example\">", attachments: [image])),
            (
                "image and file",
                try message(html: "<img src=\"cid:logo@x.example\">", attachments: [files[3], image, empty, image])
            ),
            ("image without html", try message(attachments: [image])),
            ("image without id", try message(html: "<p>x</p>", attachments: [unnamed])),
            ("empty html and file", try message(text: "", html: "", attachments: [empty])),
        ]
    }

    private static func fields() throws -> [(String, OutgoingMessage)] {
        let ids = (0..<50).map { "<0192f3c4-7d2e.\($0)@mail.example.org>" }.joined(separator: " ")
        let values = [
            ("References", ids), ("In-Reply-To", "<1@x.example>"),
            ("List-Unsubscribe", "<https://x.example/?a=?b?c?=>, <mailto:u@x.example>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"), ("X-Greeting", "Grüße =?x?= 🎉"),
            ("X-Long", String(repeating: "long value ", count: 1000)),
            ("X-Word", String(repeating: "x", count: 10_000)),
            (String(repeating: "X", count: 76), String(repeating: "x", count: 890)),
            (String(repeating: "Y", count: 76), "über"),
        ]
        return try values.map { name, value in
            ("field \(name.prefix(20))", try message(headers: [HeaderField(name: name, value: value)]))
        }
    }
}
