// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import posthaste

@Suite struct TemplatesDiffTests {
    @Test(arguments: [
        ("", "", []),
        ("a\nb\n", "a\nb\n", []),
        ("a\n", "b\n", ["@@ -1 +1 @@", "-a", "+b"]),
        ("", "a\n", ["@@ -0,0 +1 @@", "+a"]),
        ("a\n", "", ["@@ -1 +0,0 @@", "-a"]),
        ("a\n", "a", ["@@ -1 +1 @@", "-a", "+a\n\\ No newline at end of file"]),
        ("a\r\n", "a\n", ["@@ -1 +1 @@", "-a␍", "+a"]),
        (
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\nx\n",
            ["@@ -6,4 +6,4 @@", " 6", " 7", " 8", "-9", "+x"]
        ),
    ])
    func differenceIsWrittenAsDiffDoes(_ old: String, _ new: String, _ lines: [String]) {
        #expect(UnifiedDiff(from: old, to: new).lines == lines)
    }

    @Test func changesFarApartStandInHunksOfTheirOwn() {
        let old = (1...40).map(String.init)
        var new = old
        new[4] = "five"
        new.remove(at: 30)
        let lines = UnifiedDiff(from: Self.text(old), to: Self.text(new)).lines
        #expect(lines.filter { $0.hasPrefix("@@") } == ["@@ -2,7 +2,7 @@", "@@ -28,7 +28,6 @@"])
    }

    /// The edits without the added lines are the old text, without the removed ones the new text.
    @Test func editsHoldBothTexts() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let old = Self.someLines(&random)
            let new = Self.someLines(&random)
            let edits = UnifiedDiff(from: Self.text(old), to: Self.text(new)).edits
            #expect(edits.filter { $0.kind != .added }.map { String($0.line) } == old)
            #expect(edits.filter { $0.kind != .removed }.map { String($0.line) } == new)
        }
    }

    @Test func hugeDifferencesEndSoon() {
        let old = (0..<20_000).map { "old \($0)" }
        let new = (0..<20_000).map { "new \($0)" }
        #expect(UnifiedDiff(from: Self.text(old), to: Self.text(new)).lines.count == 40_001)
    }

    private static func text(_ lines: [String]) -> String { lines.map { "\($0)\n" }.joined() }

    private static func someLines(_ random: inout SystemRandomNumberGenerator) -> [String] {
        (0..<Int.random(in: 0..<12, using: &random)).map { _ in ["a", "b", "c"].randomElement(using: &random) ?? "a" }
    }
}
