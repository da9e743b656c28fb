// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import SMTPServer

struct LoginTests {
    private static func encoded(_ text: String) -> String { Base64.encode(Array(text.utf8)) }

    /// The forms that clients use: lines of the client, and the replies.
    @Test(arguments: [
        (["AUTH PLAIN \(encoded("\0app\0good"))"], ["235 2.7.0"]),
        (["AUTH PLAIN \(encoded("app\0app\0good"))"], ["235 2.7.0"]),
        (["AUTH PLAIN", encoded("\0app\0good")], ["334 \r\n", "235 2.7.0"]),
        (
            ["AUTH LOGIN", encoded("app"), encoded("good")],
            ["334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235 2.7.0"]
        ),
        (["AUTH login \(encoded("app"))", encoded("good")], ["334 UGFzc3dvcmQ6\r\n", "235 2.7.0"]),
        (["auth plain \(encoded("\0\0good"))"], ["235 2.7.0 Authentication successful\r\n"]),
        (["AUTH PLAIN =", "NOOP"], ["501 5.5.2", "250"]),
        (["AUTH PLAIN *"], ["501 5.7.0"]),
        (["AUTH LOGIN", "*", "NOOP"], ["334", "501 5.7.0", "250"]),
        (["AUTH LOGIN", "?!", "NOOP"], ["334", "501 5.5.2", "250"]),
        (["AUTH PLAIN \(encoded("no parts"))"], ["501 5.5.2"]),
        (["AUTH CRAM-MD5"], ["504 5.5.4"]), (["AUTH XOAUTH2 abc"], ["504 5.5.4"]), (["AUTH"], ["501 5.5.4"]),
    ])
    func everyFormOfLoginIsTaken(lines: [String], replies: [String]) {
        var session = SessionUnderTest.ready(login: false)
        for (line, reply) in zip(lines, replies) {
            let answer = session.say(line)
            #expect(answer.hasPrefix(reply), "\(line): \(answer)")
        }
    }

    @Test func aLoginAsAnotherUserIsRefused() {
        var session = SessionUnderTest.ready(login: false)
        session.say("AUTH PLAIN \(Self.encoded("eve\0app\0good"))")
        #expect(session.wait(.seconds(1)).hasPrefix("535 5.7.8"))
    }

    @Test func aFailedLoginWaitsAndTheThirdEndsTheSession() {
        var session = SessionUnderTest.ready(login: false)
        let wrong = "AUTH PLAIN \(Self.encoded("\0app\0wrong"))"
        for _ in 1...2 {
            #expect(session.say(wrong) == "")
            #expect(session.wait(.milliseconds(999)) == "")
            #expect(session.wait(.milliseconds(1)).hasPrefix("535 5.7.8"))
        }
        session.say(wrong)
        let last = session.wait(.seconds(1))
        #expect(last.hasPrefix("535 5.7.8") && last.contains("\r\n421 4.7.0"))
        #expect(session.isClosed)
    }

    @Test func aStoreThatIsDownIsNoWrongPassword() {
        var session = SessionUnderTest.ready(login: false)
        session.isSlow = true
        session.say("AUTH PLAIN \(Self.encoded("\0app\0good"))")
        session.perform(session.machine.loginChecked(.unavailable(.keysUnavailable), now: session.now))
        #expect(session.output.hasPrefix("454 4.7.0"))
        session.say("AUTH PLAIN \(Self.encoded("\0app\0good"))")
        session.perform(session.machine.loginChecked(.closed(.lockedOut), now: session.now))
        #expect(session.output.hasSuffix("try again in 10 minutes\r\n") && session.isClosed)
    }

    @Test func tenFailuresInTenMinutesLockAClientOut() throws {
        var failures = FailedLogins()
        let (client, other) = (try #require(IPAddress("192.0.2.1")), try #require(IPAddress("192.0.2.2")))
        let start = ContinuousClock.now
        for minute in 0..<9 { failures.note(client, now: start + .seconds(60 * minute)) }
        #expect(!failures.isLocked(client, now: start + .seconds(540)))
        failures.note(client, now: start + .seconds(600))
        #expect(!failures.isLocked(client, now: start + .seconds(600)), "the first is older than the window")
        failures.note(client, now: start + .seconds(601))
        #expect(failures.isLocked(client, now: start + .seconds(601)) && !failures.isLocked(other, now: start))
        #expect(!failures.isLocked(client, now: start + .seconds(1201)))
    }
}
