// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

@testable import Templates

/// Four times the input needs about four times the work, not sixteen times.
///
/// The work is the processor time of this thread, which other threads do not affect.
@Suite struct LinearTimeTests {
    private static func work(_ body: () -> Void) -> Double {
        var (start, end) = (timespec(), timespec())
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
        body()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
        return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
    }

    private static func growth(_ count: Int, _ body: (Int) -> Void) -> Double {
        func least(_ count: Int) -> Double { (0..<2).map { _ in work { body(count) } }.min() ?? 0 }
        body(count)
        return least(4 * count) / max(least(count), 1e-9)
    }

    @Test(arguments: [
        ("<p style=\"", ":;", "\">x"), ("<p style=\"", "a;", "\">x"), ("<p style=\"", "a:'b';", "\">x"),
        ("", "<p style=\":{\">", "x"), ("", "<a href=x><table>", "y"), ("", "<a href=x><table><td>y", ""),
        ("", "<a href=mailto:a@b.c><table><td>y", ""), ("", "</i><p>", "x"), ("<a href=mailto:b@c.d>", "a ", "</a>"),
    ])
    func textOfHTML(_ start: String, _ part: String, _ end: String) {
        let growth = Self.growth(1_500) { count in
            _ = HTMLText.text(fromHTML: start + String(repeating: part, count: count) + end)
        }
        #expect(growth < 9)
    }

    @Test func textThatAlmostShowsItsMailbox() {
        let growth = Self.growth(2_000) { count in
            let run = String(repeating: "a", count: count)
            _ = HTMLText.text(fromHTML: "<a href=mailto:\(run)b>\(run)\(run)</a>")
            let words = String(repeating: "a ", count: count)
            _ = HTMLText.text(fromHTML: "<a href='mailto:\(words)b'>\(words)\(words)</a>")
        }
        #expect(growth < 9)
    }

    @Test func templateWithManyFaults() {
        let growth = Self.growth(500) { count in
            let body = (0..<count).map { "<p>{{y\($0)}}</p>\n" }.joined()
            _ = try? MailFixture.bundle(body).compile()
        }
        #expect(growth < 9)
    }
}
