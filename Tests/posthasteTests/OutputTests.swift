// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import posthaste

@Suite struct OutputTests {
    private static let table = {
        var table = Table("ID", "SUBJECT", "STATE")
        table.add("msg_1", "A subject that is quite long", "failed")
        table.add("msg_2", nil, "sent")
        return table
    }()

    @Test func tablesFitTheTerminal() {
        let plain = Self.table.lines
        #expect(plain[1] == "msg_1  A subject that is quite long  failed")
        let narrow = Self.table.lines(fitting: 30, isColoured: false)
        #expect(narrow[1] == "msg_1  A subject that…  failed")
        #expect(narrow.allSatisfy { $0.count <= 30 })
        // Never too narrow to read.
        #expect(Self.table.lines(fitting: 3, isColoured: false)[1] == "msg_1  A subje…  failed")
        #expect(Self.table.lines(fitting: 300, isColoured: false) == plain)
    }

    @Test func wordsOfStateHaveColours() {
        let lines = Self.table.lines(fitting: nil, isColoured: true)
        #expect(lines[0].hasPrefix("\u{1B}[1mID\u{1B}[0m     \u{1B}[1mSUBJECT"))
        #expect(lines[1].hasSuffix("  \u{1B}[31mfailed\u{1B}[0m"))
        #expect(lines[2].hasSuffix("  \u{1B}[32msent\u{1B}[0m"))
    }

    @Test(arguments: [
        ([:], true), (["NO_COLOR": ""], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false),
        (["TERM": "xterm"], true),
    ])
    func coloursCanBeRefused(_ environment: [String: String], _ may: Bool) {
        #expect(Terminal.mayColour(environment) == may)
    }

    @Test(arguments: [
        (0, nil, 3, "rows: 0 things"), (50, 200, 10, "rows: 50 of 200 things, 25%, 30 s left"),
        (200, 200, 10, "rows: 200 of 200 things, 100%"), (201, 200, 10, "rows: 201 things"),
        (1, 7201, 1, "rows: 1 of 7201 things, 0%, 2 h left"),
    ])
    func progressTellsTheShareAndTheTimeLeft(_ done: Int, _ total: Int?, _ seconds: Int, _ line: String) {
        let step = Progress.Step(done: done, total: total, subject: "rows")
        #expect(Progress.line(step, unit: "things", after: .seconds(seconds)) == line)
    }

    @Test(arguments: [
        (0, "now"), (-42, "42 s ago"), (-3599, "59 min ago"), (7200, "in 2 h"), (-2 * 86_400, "2 d ago"),
        (-40 * 86_400, "2026-09-22"),
    ])
    func momentsAreToldFromNow(_ seconds: Int, _ words: String) {
        let now = Timestamp(milliseconds: 1_793_536_000_000)
        #expect(RelativeTime.words(now + .seconds(seconds), now: now) == words)
    }

    @Test(arguments: [
        (
            ["mesages", "list"],
            "there is no command `posthaste mesages`; did you mean `messages`?; see `posthaste --help`"
        ),
        (
            ["keys", "make", "--name", "x"],
            "there is no command `posthaste keys make`; there are create, list, revoke; see `posthaste keys --help`"
        ),
        (["keys", "create"], "oh; see `posthaste keys create --help`"),
        (["keys", "--bad"], "oh; see `posthaste keys --help`"),
        ([], "oh; see `posthaste --help`"),
    ])
    func wrongUsageLeadsToTheHelpThatMendsIt(_ arguments: [String], _ line: String) {
        #expect(UsageFault(arguments, root: Posthaste.self).line("oh") == line)
    }
}
