// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SMTPServer

struct MailDataTests {
    /// What arrives after DATA and before the end mark, and what is kept.
    @Test(arguments: [
        ("a\r\nb\r\n", "a\r\nb\r\n"), ("", ""), ("a\nb\r\n", "a\r\nb\r\n"), ("a\rb\r\n", "a b\r\n"),
        ("a\r\r\nb\r\n", "a \r\nb\r\n"), ("\r\r\r\n", "  \r\n"), ("..\r\n", ".\r\n"), (".a\r\n", "a\r\n"),
        ("a\n..b\r\n", "a\r\n.b\r\n"), ("a\n.b\r\n", "a\r\nb\r\n"), (".\ra\r\n", " a\r\n"), ("a.\r\n", "a.\r\n"),
        ("a\r.\r\n", "a .\r\n"), (".\r\r\n", " \r\n"), ("..\na\r\n", ".\r\na\r\n"),
    ])
    func lineEndsAreMendedAndDotsRemoved(input: String, expected: String) {
        var reader = MailDataReader(limit: 1000, longestLine: 1000, expected: 0)
        let bytes = Array((input + ".\r\n").utf8)
        let (count, isAtEnd) = reader.read(bytes[...])
        #expect(count == bytes.count && isAtEnd)
        #expect(String(decoding: reader.content, as: UTF8.self) == expected)
    }

    /// Byte sequences that other servers have taken for the end of a mail, each of them split at every byte.
    @Test(arguments: [
        ("\n.\n", "a\r\n"), ("\n.\r\n", "a\r\n"), ("\r\n.\n", "a\r\n"), ("\r.\r", "a . "), ("\r\n.\r", "a\r\n "),
        ("\r.\r\n", "a .\r\n"), ("\r\n\0.\r\n", "a\r\n\0.\r\n"),
    ])
    func onlyCRLFDotCRLFIsTheEnd(mark: String, kept: String) {
        let hidden = "MAIL FROM:<eve@example.com>\r\n"
        let input = Array(("a" + mark + hidden + ".\r\n").utf8)
        for split in 0...input.count {
            var reader = MailDataReader(limit: 1000, longestLine: 1000, expected: 0)
            let first = reader.read(input[..<split])
            #expect(
                first.count == split && first.isAtEnd == (split == input.count),
                "\(mark.debugDescription) at \(split)"
            )
            if split < input.count { #expect(reader.read(input[split...]).isAtEnd) }
            #expect(String(decoding: reader.content, as: UTF8.self) == kept + hidden)
            #expect(reader.hasBareNewlines == !reader.hasNUL)
        }
    }

    @Test func theSevenEndMarksHideNoMailFromASession() {
        for mark in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\r\n\0.\r\n"] {
            let smuggled = "RSET\r\nMAIL FROM:<eve@example.com>\r\nRCPT TO:<bo@example.net>\r\nDATA\r\nx"
            for isStrict in [false, true] {
                var session = SessionUnderTest.ready { $0.refusesBareNewlines = isStrict }
                session.beginData()
                for byte in Array("a\(mark)\(smuggled)\r\n.\r\n".utf8) { session.send([byte]) }
                let isKept = !isStrict && !mark.contains("\0")
                #expect(session.mails.count == (isKept ? 1 : 0))
                #expect(session.output.hasSuffix("\r\n250 2.0.0 Ok: queued as msg_1\r\n") == isKept)
                #expect(session.say("NOOP") == "250 2.0.0 Ok\r\n")
            }
        }
    }

    /// A start that is repeated, what follows it, and how the reply to the mail begins.
    @Test(arguments: [
        ("a: b\r\n\r\nx\0y", 1, "", "554 5.6.0"), ("x", 1 << 20, "", "250 2.0.0"), ("x", 1 << 20 + 3, "", "554 5.6.0"),
        ("a: b\r\n", 1000, "\r\nb: c", "250 2.0.0"), ("a: b\r\n", 1001, "", "552 5.3.4"),
        ("a: b\r\n \(String(repeating: "x", count: 900))\r\n", 300, "", "552 5.3.4"),
        ("RECEIVED: b\r\n", 50, "\r\nReceived: x", "250 2.0.0"), ("Received : b\r\n", 51, "", "554 5.4.6"),
        ("no field\r\n", 40_000, "", "250 2.0.0"),
    ])
    func theContentHasLimits(unit: String, count: Int, rest: String, reply: String) {
        var session = SessionUnderTest.ready()
        session.beginData()
        session.send(String(repeating: unit, count: count) + rest)
        let answer = session.send("\r\n.\r\n")
        #expect(answer.hasPrefix(reply), "\(answer)")
    }

    @Test func contentWithoutMemoryIsRefusedForNow() {
        var session = SessionUnderTest.ready()
        session.machine.room = 1000
        session.say("MAIL FROM:<ana@example.org> SIZE=1001")
        session.say("RCPT TO:<bo@example.net>")
        #expect(session.say("DATA").hasPrefix("452 4.3.1"), "more was announced than is left")
        session.machine.room = 1001
        #expect(session.say("DATA").hasPrefix("354"))
        session.send([UInt8](repeating: 0x61, count: 500))
        #expect(session.machine.contentBytes == 500)
        session.machine.dropContent()
        session.send([UInt8](repeating: 0x61, count: 500))
        #expect(session.machine.contentBytes == 0)
        #expect(session.send("\r\n.\r\n").hasPrefix("452 4.3.1") && session.mails.isEmpty)
        session.beginData()
        #expect(session.send("\r\nx\r\n.\r\n").hasPrefix("250"))
    }

    @Test func aShareOfTheMemoryIsReleasedExactly() {
        let budget = ContentBudget(limit: 100)
        var (first, second) = (ContentShare(budget), ContentShare(budget))
        #expect(first.hold(60) && second.hold(40) && budget.room == 0)
        #expect(!second.hold(41) && second.bytes == 0 && budget.used == 60, "a share that cannot grow is given up")
        #expect(second.hold(40) && first.hold(10) && budget.used == 50)
        let handedOver = second.handOver()
        #expect(second.hold(0) && budget.used == 50, "what was handed over still counts")
        budget.release(handedOver)
        #expect(first.hold(0) && budget.used == 0)
        budget.limit(to: 10)
        #expect(!first.hold(11) && first.hold(10))
    }

    @Test func aSessionKeepsNoMemoryOfALargeMail() {
        var session = SessionUnderTest.ready()
        session.say("MAIL FROM:<ana@example.org> SIZE=26214400")
        session.say("RCPT TO:<bo@example.net>")
        session.say("DATA")
        #expect((session.machine.reader?.content.capacity ?? .max) < 300_000, "an announced size reserves little")
        session.send([UInt8](repeating: 0x61, count: 1_000_000))
        session.send("\r\n.\r\n")
        #expect(session.mails.count == 1 && session.machine.input.capacity < 1000)
    }

    @Test func aMessageThatIsTooLargeIsReadToItsEndAndNotKept() {
        let change: (inout SMTPSessionSettings) -> Void = {
            ($0.limits.messageBytes, $0.limits.discardedBytes) = (1000, 5000)
        }
        var session = SessionUnderTest.ready(change: change)
        session.beginData()
        session.send([UInt8](repeating: 0x61, count: 1001))
        #expect(session.machine.reader?.content.isEmpty == true)
        #expect(session.send("\r\n.\r\n").hasPrefix("552 5.3.4"))
        session.beginData()
        session.send([UInt8](repeating: 0x61, count: 998))
        #expect(session.send("\r\n.\r\n").hasPrefix("250"))
        session.beginData()
        #expect(session.send([UInt8](repeating: 0x61, count: 5001)).hasPrefix("421"))
        #expect(session.isClosed && session.mails.count == 1)
    }
}
