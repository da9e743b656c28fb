// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// Reports by mail to the envelope senders of sent mail, against the binary.
@Suite(.timeLimit(.minutes(5))) struct BouncesEndToEndTests {
    @Test func reportOverSMTPBouncesTheMessageAndNothingElsePasses() async throws {
        let sink = try ScriptedSMTP()
        let (folder, port) = (try TestFolder(), try LoopbackPort.free())
        try folder.write(
            folder.settings(
                providers: "relay: { kind: smtp, url: \"smtp://127.0.0.1:\(sink.port)\", starttls: never }",
                via: "relay",
                more: "bounces: { domain: bounces.example.org }\nsmtp: { listen: [{ address: 127.0.0.1:\(port) }] }"
            )
        )
        let gateway = try ServingGateway(folder)
        let sent = try await gateway.client.outcome(
            of: #"{"to": "ana@there.example", "from": "shop@example.org", "subject": "s", "text": "t"}"#
        )
        let id = try #require(sent.id)
        let sender = try #require(sink.mails.first?.sender)
        #expect(sender.hasPrefix("b+\(id).") && sender.hasSuffix("@bounces.example.org"))
        let script = """
            import smtplib
            report = '''From: MAILER-DAEMON@mx.example
            Content-Type: multipart/report; report-type=delivery-status; boundary=c

            --c
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example

            Final-Recipient: rfc822; ana@there.example
            Action: failed
            Status: 5.1.1
            --c--
            '''
            def client():
                c = smtplib.SMTP("127.0.0.1", \(port)); c.ehlo("mx.example"); return c
            c = client()
            print(c.has_extn("smtputf8"), c.mail("", ["BODY=8BITMIME", "SMTPUTF8"])[0])
            print(c.rcpt("bo@example.net")[0], c.rcpt("\(sender)x")[0], c.rcpt("\(sender.replacing("@", with: "a@"))")[0])
            print(c.rcpt("\(sender.uppercased())")[0], c.rcpt("bo@example.net")[0], c.data(report)[0])
            c = client(); c.login("app", "\(folder.key)"); c.mail("shop@example.org")
            print(c.rcpt("\(sender)")[0], c.rcpt("bo@example.net")[0], c.data(report)[0])
            """
        let said = try OutsideProgram("/usr/bin/python3", ["-c", script]).output()
        #expect(said == "True 250\n530 530 550\n250 530 250\n250 452 250\n", "\(said)")
        var message = ""
        #expect(
            await comesTrue {
                message = (try? await gateway.get("/v1/messages/\(id)").body) ?? ""
                return message.contains(#""state":"bounced""#)
            }
        )
        #expect(message.contains(#""class":"hard""#), "\(message)")
        // The same report twice is one event.
        #expect(message.components(separatedBy: #""kind":"bounced""#).count == 2, "\(message)")
        let suppression = try await gateway.get("/v1/suppressions/ana@there.example")
        #expect(suppression.status == 200, "\(suppression.body)")
        // No report became mail.
        #expect(sink.mails.count == 1)
        let metrics = try await gateway.get("/metrics").body
        #expect(metrics.contains("posthaste_bounces_unproven_total 0"))
    }
}
