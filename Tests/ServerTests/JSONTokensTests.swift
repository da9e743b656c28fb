// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Server

@Suite struct JSONTokensTests {
    private static func object(_ members: Int, of text: String = "1") -> String {
        "{" + (0..<members).map { "\"m\($0)\":\(text)" }.joined(separator: ",") + "}"
    }

    private static func nested(_ depth: Int, _ text: String) -> String {
        String(repeating: "[", count: depth) + text + String(repeating: "]", count: depth)
    }

    /// Makes a text large enough to be counted.
    private static let padding = "\"" + String(repeating: "{[,", count: JSONTokens.harmless / 3 + 1) + "\\\"{,\""

    @Test func bodyIsJudgedBeforeItIsRead() {
        let cases: [(String, JSONTokens.Verdict)] = [
            (Self.object(20_000), .reasonable),
            ("[\(Self.padding),\(Self.object(JSONTokens.memberLimit))]", .reasonable),
            ("[\(Self.padding),\(Self.object(JSONTokens.memberLimit + 1))]", .tooManyMembers),
            ("[\(Self.padding),{\"a\":\(Self.object(JSONTokens.memberLimit + 1))}]", .tooManyMembers),
            // The members of several objects do not add up.
            (
                "[\(Self.padding)," + Array(repeating: Self.object(6000), count: 3).joined(separator: ",") + "]",
                .reasonable
            ),
            // Nor do the items of lists in them.
            (
                "{\"p\":\(Self.padding),\"a\":[" + Array(repeating: "1", count: 30_000).joined(separator: ",") + "]}",
                .reasonable
            ),
            (
                "[\(Self.padding)," + Array(repeating: "1", count: JSONTokens.limit).joined(separator: ",") + "]",
                .tooManyValues
            ),
            // Depth hides no values.
            (
                Self.nested(257, "[\(Array(repeating: "{}", count: JSONTokens.limit / 2).joined(separator: ","))]"),
                .tooManyValues
            ),
            (Self.nested(2047, "[\(Self.padding),\(Self.object(JSONTokens.memberLimit + 1))]"), .tooManyMembers),
            (String(repeating: "[", count: JSONTokens.harmless + 1), .tooManyValues),
            // The reader refuses invalid and too deep JSON.
            (Self.nested(257, Self.padding), .reasonable),
            ("]]}}" + Self.padding, .reasonable),
            (Self.padding + "\"", .reasonable),
        ]
        for (text, verdict) in cases { #expect(JSONTokens.verdict(Array(text.utf8)) == verdict, "\(text.prefix(40))") }
    }
}
