// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Testing

/// The simulated Gmail API refuses what the real one refuses, and rewrites what the real one rewrites.
@Suite struct GmailStandInMailTests {
    static let now = Timestamp(milliseconds: 1_790_000_000_000)
    private static let good = "From: noreply@example.org\r\nTo: a@b.example\r\nSubject: x\r\n\r\nhi\r\n"

    private struct Google {
        var google = StandInGoogle()
        let token: String

        init(_ scopes: Set<String> = ["https://mail.google.com/"]) {
            token = google.accessToken(for: "noreply@example.org", scopes: scopes, at: GmailStandInMailTests.now)
        }

        mutating func call(
            _ method: HTTPRequest.Method,
            _ target: String,
            type: String? = nil,
            body: String = "",
            token: String? = nil
        ) throws -> (status: Int, text: String) {
            let url = try #require(HTTPURL("https://gmail.googleapis.com\(target)"))
            var request = HTTPRequest(
                method,
                url,
                headers: [.bearer(Secret(token ?? self.token))],
                body: Array(body.utf8)
            )
            if let type { request.headers.append(HTTPHeader("Content-Type", type)) }
            guard case .answer(let response) = google.meet(request, at: GmailStandInMailTests.now) else {
                return (0, "")
            }
            return (response.status, String(decoding: response.body, as: UTF8.self))
        }

        mutating func upload(_ message: String) throws -> (status: Int, text: String) {
            let target = "/upload/gmail/v1/users/me/messages/send?uploadType=media"
            return try call(.post, target, type: "message/rfc822", body: message)
        }
    }

    @Test(arguments: [
        ("", "Recipient address required"), ("Subject: x\r\n\r\nhi", "Recipient address required"),
        ("To: nobody\r\n\r\n", "Invalid To header"),
        ("To: a@b.example\r\nCc: a@@b.example\r\n\r\n", "Invalid Cc header"),
        ("To: a@b.example\r\nTo: c@b.example\r\n\r\n", "Invalid To header"),
        ("To: a@b.example\nSubject: x\n\n", "LF alone"), ("no field\r\n\r\n", "no field"),
        (" To: a@b.example\r\n\r\n", "begins with a blank"), ("To: a@b.example\r\nSubject: x", "does not end"),
    ])
    func whatIsNoMessageIsRefused(message: String, text: String) throws {
        var google = Google()
        let answer = try google.upload(message)
        #expect(answer.status == 400 && answer.text.contains(text), "\(answer.text)")
        #expect(google.google.sent.isEmpty)
    }

    @Test func recipientsAreThoseOfTheHeader() throws {
        var google = Google()
        let message =
            "To: \"Doe, Ana\" <a@b.example>,\r\n =?utf-8?q?Bo?= <b@b.example>\r\nCc: friends: c@b.example, A@b.example;\r\n"
            + "Bcc: z@b.example\r\nMessage-ID: <m@b.example>\r\n\r\nhi"
        #expect(try google.upload(message).status == 200)
        let mail = try #require(google.google.sent.first)
        #expect(mail.recipients == ["a@b.example", "b@b.example", "c@b.example", "A@b.example", "z@b.example"])
        #expect(!mail.deliveredText.contains("z@b.example") && !mail.deliveredText.contains("<m@b.example>"))
    }

    @Test func aForeignSenderIsReplacedInSilence() throws {
        var google = Google()
        google.google.accounts[0].aliases = ["news@example.org": true, "new@example.org": false]
        for (sender, isRewritten) in [
            ("noreply@example.org", false), ("News <NEWS@example.org>", false), ("new@example.org", true),
            ("x@y.example", true),
        ] {
            #expect(try google.upload("From: \(sender)\r\nTo: a@b.example\r\n\r\nhi").status == 200)
            let mail = try #require(google.google.sent.last)
            #expect(mail.isFromRewritten == isRewritten)
            #expect(mail.deliveredText.contains("X-Google-Original-From: \(sender)") == isRewritten)
        }
    }

    @Test(arguments: [
        ("{}", "'raw' RFC822 payload"), ("", "parseError"), (#"{"raw":"a+b/"}"#, "Base64 decoding failed"),
        (#"{"raw":"aGk=\n"}"#, "Base64 decoding failed"), (#"{"message":{}}"#, "Unknown name"), ("[]", "parseError"),
    ])
    func theBodyHasToBeWhatItSays(body: String, text: String) throws {
        var google = Google()
        let answer = try google.call(.post, "/gmail/v1/users/me/messages/send", type: "application/json", body: body)
        #expect(answer.status == 400 && answer.text.contains(text), "\(answer.text)")
    }

    @Test func callsAndMediaTypesHaveToFit() throws {
        var google = Google()
        let send = "/gmail/v1/users/me/messages/send"
        let raw = "{\"raw\":\"\(StandInBase64.encode(Array(Self.good.utf8)))\"}"
        #expect(try google.call(.get, send).status == 404)
        #expect(try google.call(.post, "/gmail/v1/users/me/messages").status == 404)
        #expect(try google.call(.post, send, type: "text/plain", body: raw).status == 400)
        #expect(try google.call(.post, "/upload" + send, type: "message/rfc822", body: Self.good).status == 400)
        let upload = "/upload\(send)?uploadType=media"
        #expect(try google.call(.post, upload, type: "application/json", body: raw).text.contains("badContent"))
        let other = send.replacing("me", with: "other%40example.org", maxReplacements: 1)
        #expect(try google.call(.post, other, type: "application/json", body: raw).text.contains("Delegation denied"))
        #expect(google.google.sent.isEmpty)
        let own = "/gmail/v1/users/noreply%40example.org/messages/send"
        #expect(try google.call(.post, own, type: "application/json", body: raw).status == 200)
    }

    @Test func tokensHaveToBeGoodAndWideEnough() throws {
        var google = Google(["https://www.googleapis.com/auth/gmail.send"])
        #expect(try google.call(.get, "/gmail/v1/users/me/profile").text.contains("insufficientPermissions"))
        #expect(try google.call(.get, "/gmail/v1/users/me/settings/sendAs").status == 403)
        #expect(try google.call(.post, "/gmail/v1/users/me/drafts", type: "application/json").status == 403)
        #expect(try google.call(.get, "/gmail/v1/users/me/profile", token: "ya29.other").text.contains("authError"))
        google.google.forgetAccessTokens()
        #expect(try google.upload(Self.good).status == 401)
    }

    @Test func whoIsAskedForTheAddressTellsItToWhomMayKnow() throws {
        var google = Google(["openid", "email"])
        #expect(try google.call(.get, "/v1/userinfo").text.contains("noreply@example.org"))
        #expect(try google.call(.get, "/tokeninfo?access_token=\(google.token)").text.contains("noreply@example.org"))
        var other = Google()
        #expect(!(try other.call(.get, "/tokeninfo?access_token=\(other.token)").text.contains("noreply")))
    }
}
