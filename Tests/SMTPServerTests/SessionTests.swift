// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
import Testing

@testable import SMTPServer

struct SessionTests {
    // MARK: Greeting and EHLO

    @Test func theKeywordsFitTheListenerAndTheClient() {
        var local = SessionUnderTest()
        #expect(local.output == "220 mail.example.org ESMTP Posthaste\r\n")
        let common = "250-PIPELINING\r\n250-SIZE 26214400\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n"
        #expect(
            local.say("EHLO vm")
                == "250-mail.example.org\r\n\(common)250-AUTH PLAIN LOGIN\r\n250 LIMITS RCPTMAX=1000\r\n"
        )
        #expect(local.say("helo [127.0.0.1]") == "250 mail.example.org\r\n")
        var clear = SessionUnderTest(security: .starttls, isLocal: false)
        #expect(clear.say("EHLO vm") == "250-mail.example.org\r\n\(common)250-STARTTLS\r\n250 LIMITS RCPTMAX=1000\r\n")
        var bounces = SessionUnderTest(isLocal: false) { $0.bounces = .sample }
        #expect(bounces.say("EHLO x").hasSuffix("250-SMTPUTF8\r\n250 LIMITS RCPTMAX=1000\r\n"))
    }

    // MARK: The table of replies

    /// What the client says after EHLO and login, and how the last reply begins.
    @Test(arguments: [
        ("EHLO", "501 5.5.4"), ("EHLO a\u{1}b", "501 5.5.4"), ("EHLO b\u{E9}", "501 5.5.4"),
        ("EHLO XC-B8C463", "250-mail"), ("EHLO my_service_1", "250-mail"), ("HELO", "501 5.5.4"),
        ("NOOP", "250 2.0.0"), ("RSET", "250 2.0.0"), ("RSET x", "501 5.5.4"), ("HELP", "214 2.0.0"),
        ("VRFY root", "252 2.0.0"), ("EXPN x", "502 5.5.1"), ("ETRN x", "502 5.5.1"), ("TURN", "502 5.5.1"),
        ("BDAT 5 LAST", "502 5.5.1"), ("FOO", "500 5.5.1"), ("", "500 5.5.2"), ("QUIT", "221 2.0.0"),
        ("STARTTLS", "454 4.7.0"), ("STARTTLS x", "501 5.5.4"), ("AUTH PLAIN", "503 5.5.1"),
        ("DATA", "503 5.5.1"), ("RCPT TO:<a@example.org>", "503 5.5.1"),
        ("MAIL FROM:<a@example.org>", "250 2.1.0"), ("mail from: a@example.org ", "250 2.1.0"),
        ("MAIL FROM:<>", "250 2.1.0"), ("MAIL FROM:<@x.example,@y.example:a@example.org>", "250 2.1.0"),
        ("MAIL FROM:<root@host>", "250 2.1.0"), ("MAIL FROM:<a@b\u{FC}cher.example>", "250 2.1.0"),
        ("MAIL FROM:<a@example.org> SIZE=26214400 BODY=8BITMIME AUTH=<>", "250 2.1.0"),
        ("MAIL FROM:<a@example.org> size=1445 body=7bit", "250 2.1.0"),
        ("MAIL FROM:<a@example.org> SIZE=26214401", "552 5.3.4"),
        ("MAIL FROM:<a@example.org> SIZE=99999999999999999999", "552 5.3.4"),
        ("MAIL FROM:<a@example.org> SIZE=x", "501 5.5.4"), ("MAIL FROM:<a@example.org> BODY=BINARYMIME", "501 5.5.4"),
        ("MAIL FROM:<a@example.org> SMTPUTF8", "555 5.5.4"), ("MAIL FROM:<a@example.org> RET=HDRS", "555 5.5.4"),
        ("MAIL FROM:<a@example.org>SIZE=1", "501 5.1.7"), ("MAIL FROM:<a@example.org", "501 5.1.7"),
        ("MAIL <a@example.org>", "501 5.1.7"), ("MAIL", "501 5.1.7"), ("MAIL FROM:<a@@b>", "501 5.1.7"),
        ("MAIL FROM:<root>", "501 5.1.7"), ("MAIL FROM:<j\u{F6}rg@example.org>", "553 5.6.7"),
        ("MAIL FROM:<a\u{0}@example.org>", "501 5.1.7"), ("MAIL FROM:<a\r@example.org>", "501 5.1.7"),
    ])
    func repliesFollowTheTable(line: String, reply: String) {
        var session = SessionUnderTest.ready()
        let answer = session.say(line)
        #expect(answer.hasPrefix(reply), "\(answer)")
    }

    @Test(arguments: [
        ("MAIL FROM:<c@example.org>", "503 5.5.1"), ("AUTH PLAIN =", "503 5.5.1"), ("DATA", "503 5.5.1"),
        ("DATA x", "501 5.5.4"), ("RCPT TO:<b@example.org>", "250 2.1.5"), ("rcpt to: b@example.org", "250 2.1.5"),
        ("RCPT TO:<root>", "501 5.1.3"), ("RCPT TO:<>", "501 5.1.3"), ("RCPT", "501 5.1.3"),
        ("RCPT TO:<b@example>", "501 5.1.3"), ("RCPT TO:<\"b c\"@example.org>", "501 5.1.3"),
        ("RCPT TO:<j\u{F6}rg@example.org>", "553 5.6.7"), ("RCPT TO:<b@b\u{FC}cher.example>", "250 2.1.5"),
        ("RCPT TO:<b@example.org> NOTIFY=NEVER", "555 5.5.4"),
    ])
    func repliesInATransactionFollowTheTable(line: String, reply: String) {
        var session = SessionUnderTest.ready()
        session.say("MAIL FROM:<ana@example.org>")
        let answer = session.say(line)
        #expect(answer.hasPrefix(reply), "\(answer)")
    }

    @Test func aMailIsTakenAndNamesItsId() throws {
        var session = SessionUnderTest.ready()
        session.beginData(from: "Ana@Example.org")
        #expect(session.output.hasSuffix("354 End data with <CR><LF>.<CR><LF>\r\n"))
        #expect(session.send("Subject: x\r\n\r\n..dot\r\n.\r\n") == "250 2.0.0 Ok: queued as msg_1\r\n")
        let mail = try #require(session.mails.first)
        #expect(mail.text == "Subject: x\r\n\r\n.dot\r\n")
        #expect(mail.envelope.sender.text == "Ana@example.org")
        #expect(mail.envelope.recipients.map(\.description) == ["bo@example.net"])
        #expect(mail.envelope.protocolName == "ESMTPA")
        #expect(session.say("DATA").hasPrefix("503 5.5.1"))
    }

    @Test func aSecondMailOnAConnectionHasItsOwnRecipients() {
        var session = SessionUnderTest.ready()
        session.beginData()
        session.send("\r\nx\r\n.\r\n")
        session.say("MAIL FROM:<>")
        session.say("RCPT TO:<bo@example.net>")
        session.say("RCPT TO:<BO@example.net>")
        session.say("RCPT TO:<cy@example.net>")
        session.say("DATA")
        session.send(".\r\n")
        #expect(session.mails.map { $0.envelope.recipients.count } == [1, 2])
        #expect(session.mails.last?.text == "")
    }

    @Test func aThousandRecipientsAreTakenAndNoMore() {
        var session = SessionUnderTest.ready()
        session.say("MAIL FROM:<ana@example.org>")
        for number in 1...1000 { session.say("RCPT TO:<a\(number)@example.org>") }
        #expect(session.say("RCPT TO:<a1@example.org>") == "250 2.1.5 Ok\r\n")
        #expect(session.say("RCPT TO:<b@example.org>").hasPrefix("452 4.5.3"))
        session.say("DATA")
        session.send("\r\nx\r\n.\r\n")
        #expect(session.mails.first?.envelope.recipients.count == 1000)
    }

    @Test func dataAfterRefusedRecipientsOnlyIsRefused() {
        var session = SessionUnderTest.ready()
        session.say("MAIL FROM:<ana@example.org>")
        session.say("RCPT TO:<root>")
        #expect(session.say("DATA").hasPrefix("554 5.5.1"))
        var withDomain = SessionUnderTest.ready { $0.defaultDomain = "example.org" }
        withDomain.say("MAIL FROM:<ana@example.org>")
        #expect(withDomain.say("RCPT TO:<root>").hasPrefix("250 2.1.5"))
    }

    @Test func aRefusedSenderOpensNoTransaction() {
        var session = SessionUnderTest.ready()
        session.senderRefusal = .senderNotAllowed("eve@example.com", key: "app")
        #expect(session.say("MAIL FROM:<eve@example.com>").hasPrefix("553 5.7.1 eve@example.com"))
        #expect(session.say("RCPT TO:<bo@example.net>").hasPrefix("503"))
    }

    @Test func resetForgetsTheTransactionAndKeepsTheLogin() {
        var session = SessionUnderTest.ready()
        session.say("MAIL FROM:<ana@example.org>")
        session.say("RSET")
        #expect(session.say("RCPT TO:<bo@example.net>").hasPrefix("503"))
        #expect(session.say("MAIL FROM:<ana@example.org>").hasPrefix("250"))
        session.say("EHLO again")
        #expect(session.say("MAIL FROM:<ana@example.org>").hasPrefix("250"))
    }

    // MARK: Without a login

    @Test func mailWithoutALoginIsRefusedWithAWayOut() {
        let cases: [(SMTPSecurity, Bool, String)] = [
            (.plain, true, "530 5.7.0 Authentication required\r\n"),
            (.starttls, true, "530 5.7.0 Authentication required\r\n"),
            (.starttls, false, "530 5.7.0 Must issue a STARTTLS command first\r\n"),
            (.plain, false, "530 5.7.0 Authentication required, which this port does not offer"),
        ]
        for (security, isLocal, reply) in cases {
            var session = SessionUnderTest(security: security, isLocal: isLocal)
            #expect(session.say("MAIL FROM:<a@example.org>").hasPrefix("503 5.5.1"))
            session.say("EHLO x")
            #expect(session.say("MAIL FROM:<a@example.org>").hasPrefix(reply))
            #expect(session.say("RCPT TO:<a@example.org>").hasPrefix("530 5.7.0"))
            #expect(session.say("AUTH PLAIN").hasPrefix(isLocal ? "334 " : "538 5.7.11"))
        }
    }

    @Test func aTrustedClientNeedsNoLogin() {
        var session = SessionUnderTest(isLocal: false, isTrusted: true)
        session.say("HELO scanner")
        session.beginData()
        session.send("\r\nx\r\n.\r\n")
        #expect(session.mails.first?.envelope.admission == .trusted)
        #expect(session.mails.first?.envelope.protocolName == "SMTP")
        session.machine.isTrusted = false
        #expect(session.say("MAIL FROM:<ana@example.org>").hasPrefix("530 5.7.0"), "trust counts at each MAIL")
    }

    @Test func theBounceDomainIsTakenWithoutALoginAndNothingElse() {
        var session = SessionUnderTest(isLocal: false) { $0.bounces = .sample }
        session.say("EHLO mx")
        #expect(session.say("MAIL FROM:<> SIZE=1048577").hasPrefix("552 5.3.4"))
        #expect(session.say("MAIL FROM:<j\u{F6}rg@example.org> SMTPUTF8").hasPrefix("250"))
        #expect(session.say("RCPT TO:<bo@example.net>").hasPrefix("530 5.7.0"))
        #expect(session.say("RCPT TO:<postmaster@bounces.example.org>").hasPrefix("550 5.1.1"))
        #expect(session.say("RCPT TO:<b+ID.MAC@Bounces.example.org>").hasPrefix("250 2.1.5"))
        session.say("DATA")
        session.send("\r\nx\r\n.\r\n")
        #expect(session.mails.first?.envelope.admission == .report)
        #expect(session.mails.first?.envelope.recipients.map(\.local) == ["b+ID.MAC"])
    }

    /// The admission of the client, its recipients with the reply to each, and the admission of the mail.
    @Test(
        arguments: [
            (
                SMTPEnvelope.Admission.login, ["b+1@bounces.example.org", "b+2@bounces.example.org"], ["250", "250"],
                .report
            ),
            (.trusted, ["b+1@bounces.example.org", "bo@example.net"], ["250", "452 4.5.3"], .report),
            (.login, ["bo@example.net", "b+1@bounces.example.org"], ["250", "452 4.5.3"], .login),
            (.trusted, ["bo@example.net", "root", "cy@example.net"], ["250", "501", "250"], .trusted),
            (.report, ["b+1@bounces.example.org", "bo@example.net"], ["250", "530"], .report),
            (.login, ["wrong@bounces.example.org", "bo@example.net"], ["550 5.1.1", "250"], .login),
            (.report, (0...10).map { "b+\($0)@bounces.example.org" }, (0..<10).map { _ in "250" } + ["452"], .report),
        ] as [(SMTPEnvelope.Admission, [String], [String], SMTPEnvelope.Admission)]
    )
    func theBounceDomainMakesAReport(
        client: SMTPEnvelope.Admission,
        recipients: [String],
        replies: [String],
        mail: SMTPEnvelope.Admission
    ) {
        var session = SessionUnderTest.ready(login: client == .login) { $0.bounces = .sample }
        session.machine.isTrusted = client == .trusted
        session.say("MAIL FROM:<>")
        for (recipient, reply) in zip(recipients, replies) {
            let answer = session.say("RCPT TO:<\(recipient)>")
            #expect(answer.hasPrefix(reply), "\(answer)")
        }
        session.say("DATA")
        session.send("\r\nx\r\n.\r\n")
        #expect(session.mails.first?.envelope.admission == mail)
        #expect(session.mails.first?.envelope.recipients.count == replies.count { $0 == "250" })
    }

    /// Reports come from systems of all kinds; those of a login need an address that a report can go to.
    @Test(arguments: ["<\"a b\"@x.example>", "<a@[192.0.2.1]>", "<root>", "<root@host>", "<>"])
    func aReportMayHaveAnySender(sender: String) {
        var session = SessionUnderTest(isLocal: false) { $0.bounces = .sample }
        session.say("EHLO mx")
        #expect(session.say("MAIL FROM:\(sender) BODY=8BITMIME").hasPrefix("250 2.1.0"))
        #expect(session.say("RCPT TO:<bo@example.net>").hasPrefix("530 5.7.0"))
        #expect(session.say("DATA").hasPrefix("554 5.5.1"))
        #expect(session.say("RCPT TO:<b+1@bounces.example.org>").hasPrefix("250"))
    }

    @Test func aReportOfAKeyIsNoLargerThanOthers() {
        var session = SessionUnderTest.ready { $0.bounces = .sample }
        session.say("MAIL FROM:<> SIZE=1048577")
        #expect(session.say("RCPT TO:<b+1@bounces.example.org>").hasPrefix("552 5.3.4"))
        #expect(session.say("RCPT TO:<bo@example.net>").hasPrefix("250"))
    }

    // MARK: Pipelining and input ahead of replies

    @Test func aPipelinedGroupIsAnsweredInOrder() {
        var session = SessionUnderTest.ready()
        session.isSlow = true
        let group = "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<root>\r\nDATA\r\n"
        #expect(session.send(group) == "")
        session.perform(session.machine.senderChecked(nil, now: session.now))
        let codes = session.output.split(separator: "\r\n").map { $0.prefix(3) }
        #expect(codes == ["250", "250", "501", "354"])
    }

    @Test func inputThatWaitsAfterDataOrStartTLSEndsTheSession() {
        var session = SessionUnderTest.ready()
        let answer = session.send("MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: x\r\n")
        #expect(answer.contains("554 5.5.0"))
        #expect(session.isClosed && session.mails.isEmpty)
        var tls = SessionUnderTest(security: .starttls, isLocal: false)
        tls.say("EHLO x")
        #expect(tls.send("STARTTLS\r\nRSET\r\n").hasPrefix("554 5.5.0"))
        #expect(tls.isClosed && !tls.isTLSStarted)
    }

    @Test func linesMayEndInLFExceptBeforeAChangeOfMode() {
        var session = SessionUnderTest.ready()
        #expect(session.send("NOOP\n").hasPrefix("250"))
        #expect(session.send("MAIL FROM:<a@example.org>\nRCPT TO:<b@example.org>\nDATA\n").contains("500 5.5.2"))
        #expect(!session.output.contains("354"))
    }

    // MARK: TLS

    @Test func afterSTARTTLSTheClientStartsAnew() {
        var session = SessionUnderTest(security: .starttls, isLocal: true)
        session.say("EHLO x")
        session.say("AUTH PLAIN \(Base64.encode(Array("\0app\0good".utf8)))")
        #expect(session.say("STARTTLS") == "220 2.0.0 Ready to start TLS\r\n")
        #expect(session.isTLSStarted)
        #expect(session.say("NOOP") == "", "nothing is read before the handshake is done")
        session.perform(session.machine.tlsStarted(now: session.now))
        #expect(session.say("MAIL FROM:<a@example.org>").hasPrefix("503 5.5.1"))
        let keywords = session.say("EHLO x")
        #expect(!keywords.contains("STARTTLS") && keywords.contains("AUTH PLAIN LOGIN"))
        #expect(session.say("MAIL FROM:<a@example.org>").hasPrefix("530"))
        #expect(session.say("STARTTLS").hasPrefix("554 5.5.1"))
    }

    @Test func implicitTLSGreetsAfterTheHandshake() {
        var session = SessionUnderTest(security: .implicit, isLocal: false)
        #expect(session.output.isEmpty)
        session.perform(session.machine.tlsStarted(now: session.now))
        #expect(session.output.hasPrefix("220 "))
        #expect(session.say("EHLO x").contains("AUTH PLAIN LOGIN"))
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "CONNECT a:25 HTTP/1.1\r\n", "{}\r\n", " EHLO x\r\n",
        "\u{16}\u{3}\u{1}",
    ])
    func whatIsNotSMTPIsCutOff(input: String) {
        var session = SessionUnderTest()
        #expect(session.send(input).hasPrefix("421 4.7.0"))
        #expect(session.isClosed)
    }

    // MARK: Limits

    @Test func aLongLineIsDroppedAndAnsweredOnce() {
        var session = SessionUnderTest.ready()
        #expect(session.send(String(repeating: "a", count: 5000)) == "")
        #expect(session.send(String(repeating: "a", count: 100_000)) == "")
        #expect(session.send("b\r\nNOOP\r\n") == "500 5.5.2 Line too long\r\n250 2.0.0 Ok\r\n")
        var login = SessionUnderTest.ready(login: false)
        login.say("AUTH PLAIN")
        #expect(login.say(String(repeating: "A", count: 13_000)).hasPrefix("500 5.5.6"))
        #expect(login.say("NOOP").hasPrefix("250"))
    }

    @Test func tooManyErrorsAndIdleCommandsEndTheSession() {
        var errors = SessionUnderTest.ready()
        for _ in 1...19 { errors.say("FOO") }
        #expect(!errors.isClosed)
        #expect(errors.say("FOO").hasSuffix("421 4.7.0 Too many errors\r\n"))
        #expect(errors.isClosed)
        var idle = SessionUnderTest.ready()
        for _ in 1...99 { idle.say("NOOP") }
        idle.beginData()
        idle.send("\r\nx\r\n.\r\n")
        for _ in 1...100 { idle.say("NOOP") }
        #expect(!idle.isClosed)
        #expect(idle.say("NOOP").hasPrefix("421 4.7.0"))
    }

    /// A line that changes nothing, and its reply; EHLO is the first of the 100 commands.
    @Test(arguments: [
        ("RCPT TO:<bo@example.net>", "250 2.1.5"), ("RCPT TO:<cy@example.net>", "452 4.5.3"),
        ("STARTTLS", "454 4.7.0"), ("DATA", "452 4.3.1"), ("MAIL FROM:<a@example.org>", "451 4.3.0"),
    ])
    func aCommandThatIsRepeatedInVainEndsTheSession(line: String, reply: String) {
        var session = SessionUnderTest.ready { $0.limits.recipients = 1 }
        if !line.hasPrefix("MAIL") {
            session.say("MAIL FROM:<ana@example.org>")
            session.say("RCPT TO:<bo@example.net>")
        }
        session.senderRefusal = .storeUnavailable
        session.machine.room = 0
        for _ in 1...99 { #expect(session.say(line).hasPrefix(reply)) }
        #expect(!session.isClosed)
        #expect(session.say(line).hasSuffix("421 4.7.0 Too many commands without mail\r\n") && session.isClosed)
    }

    /// What the session waits for, how long, and the reply of a gateway that does not answer.
    @Test(arguments: [
        ("AUTH PLAIN \(Base64.encode(Array("\0app\0good".utf8)))", 3, "454 4.7.0"),
        ("MAIL FROM:<ana@example.org>", 3, "451 4.3.0"), (".", 10, "451 4.3.0"),
    ])
    func aGatewayThatDoesNotAnswerHoldsNoClient(line: String, seconds: Int, reply: String) {
        var session = SessionUnderTest.ready(login: !line.hasPrefix("AUTH"))
        if line == "." { session.beginData() }
        session.isSlow = true
        #expect(session.say(line) == "")
        let question = session.machine.question
        #expect(session.machine.awaits(question))
        #expect(session.wait(.seconds(seconds) - .milliseconds(1)) == "")
        #expect(session.wait(.milliseconds(1)).hasPrefix(reply))
        #expect(!session.machine.awaits(question))
        #expect(session.machine.loginChecked(.accepted, now: session.now).isEmpty)
        #expect(session.machine.senderChecked(nil, now: session.now).isEmpty)
        #expect(session.say("RCPT TO:<bo@example.net>").hasPrefix("5"), "no transaction is open")
        session.say(line == "." ? "MAIL FROM:<ana@example.org>" : line)
        #expect(session.machine.awaits(question + 1) && !session.machine.awaits(question), "a late answer is none")
    }

    @Test func aReplyThatDemandsALoginForgetsTheLogin() {
        var session = SessionUnderTest.ready()
        session.senderRefusal = SMTPReply(530, "5.7.0", "The API key was revoked; log in with another one")
        #expect(session.say("MAIL FROM:<ana@example.org>").hasPrefix("530 5.7.0 The API key"))
        session.senderRefusal = nil
        #expect(session.say("MAIL FROM:<ana@example.org>").hasPrefix("530 5.7.0 Authentication required"))
        #expect(session.say("AUTH PLAIN \(Base64.encode(Array("\0app\0good".utf8)))").hasPrefix("235"))
        #expect(session.say("MAIL FROM:<ana@example.org>").hasPrefix("250"))
    }

    // MARK: The end of the input

    @Test func aClientThatClosesItsSideGetsItsReplies() {
        var session = SessionUnderTest.ready()
        session.beginData()
        session.isSlow = true
        session.send("\r\nx\r\n.\r\nNOOP\r\nNOO")
        session.perform(session.machine.inputEnded(now: session.now))
        #expect(!session.isClosed)
        session.perform(session.machine.submitted(.queued("msg_1"), now: session.now))
        #expect(session.output.hasSuffix("250 2.0.0 Ok: queued as msg_1\r\n250 2.0.0 Ok\r\n") && session.isClosed)
        var failing = SessionUnderTest.ready(login: false)
        failing.say("AUTH PLAIN \(Base64.encode(Array("\0app\0wrong".utf8)))")
        failing.perform(failing.machine.inputEnded(now: failing.now))
        #expect(failing.wait(.seconds(1)).hasPrefix("535") && failing.isClosed)
        for unfinished in ["MAIL FROM:<a", "AUTH PLAIN\r\n"] {
            var open = SessionUnderTest.ready(login: false)
            open.send(unfinished)
            open.perform(open.machine.inputEnded(now: open.now))
            #expect(open.isClosed)
        }
        var content = SessionUnderTest.ready()
        content.beginData()
        content.send("\r\nx\r\n")
        content.perform(content.machine.inputEnded(now: content.now))
        #expect(content.isClosed && content.mails.isEmpty && content.output.hasSuffix("<CR><LF>.<CR><LF>\r\n"))
    }

    @Test func aSilentOrSlowClientIsCutOff() {
        var silent = SessionUnderTest.ready()
        #expect(silent.wait(.seconds(299)) == "")
        silent.send("NOO")
        #expect(silent.wait(.seconds(1)).hasPrefix("421 4.4.2"), "a part of a line is no command")
        var slow = SessionUnderTest.ready()
        slow.beginData()
        slow.send([UInt8](repeating: 0x61, count: 5000))
        #expect(slow.wait(.seconds(69)) == "")
        slow.send("a")
        #expect(slow.wait(.seconds(1)).hasPrefix("421 4.4.2"))
        #expect(slow.isClosed && slow.mails.isEmpty)
        var stalled = SessionUnderTest.ready()
        stalled.beginData()
        stalled.send([UInt8](repeating: 0x61, count: 500_000))
        #expect(stalled.wait(.seconds(300)).hasPrefix("421 4.4.2"))
        var handshake = SessionUnderTest(security: .implicit)
        #expect(handshake.wait(.seconds(15)) == "" && handshake.isClosed)
    }

    @Test func aSessionThatWaitsForTheStoreReadsNothing() {
        var session = SessionUnderTest.ready()
        session.beginData()
        session.isSlow = true
        session.send("\r\nx\r\n.\r\nNOOP\r\n")
        #expect(!session.machine.wantsInput)
        session.perform(session.machine.submitted(.storeUnavailable, now: session.now))
        #expect(session.output.contains("451 4.3.0") && session.output.hasSuffix("250 2.0.0 Ok\r\n"))
        #expect(session.machine.wantsInput)
    }

    @Test func stoppingLetsAMailUnderWayEnd() {
        var idle = SessionUnderTest.ready()
        idle.perform(idle.machine.stop(now: idle.now))
        #expect(idle.output.hasPrefix("421 4.3.2") && idle.isClosed)
        for (security, lines) in [(SMTPSecurity.implicit, []), (.starttls, ["EHLO x", "STARTTLS"])] {
            var handshake = SessionUnderTest(security: security)
            for line in lines { handshake.say(line) }
            let before = handshake.output
            handshake.perform(handshake.machine.stop(now: handshake.now))
            #expect(handshake.isClosed && handshake.output == before, "no reply can be read in a handshake")
        }
        var busy = SessionUnderTest.ready()
        busy.beginData()
        busy.perform(busy.machine.stop(now: busy.now))
        #expect(!busy.isClosed && busy.machine.isReceivingMail)
        let answer = busy.send("\r\nx\r\n.\r\n")
        #expect(answer.hasPrefix("250 2.0.0 Ok: queued as msg_1\r\n421 4.3.2"))
        #expect(busy.isClosed)
    }

    @Test func aReplyHasNoForeignBytesAndNoLongLine() {
        let reply = SMTPReply(550, "5.7.1", "a\r\n250 b\u{FC} " + String(repeating: "word ", count: 300))
        let lines = String(decoding: reply.bytes, as: UTF8.self).split(separator: "\r\n")
        #expect(lines.count > 2 && lines.allSatisfy { $0.utf8.count <= 510 && $0.utf8.allSatisfy { $0 < 0x7F } })
        #expect(
            lines.dropLast().allSatisfy { $0.hasPrefix("550-5.7.1 ") } && lines.last?.hasPrefix("550 5.7.1 ") == true
        )
    }
}
