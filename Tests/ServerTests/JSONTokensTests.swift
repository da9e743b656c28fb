// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Server

@Suite struct JSONTokensTests {
    private static func object(_ members: Int, of text: String = "1") -> String {
        "{" + (0..<members).map { "\"m\($0)\":\(text)" }.joined(separator: ",") + "}"
    }

    /// Makes a text large enough to be looked at.
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
            // Neither do the items of lists in them.
            (
                "{\"p\":\(Self.padding),\"a\":[" + Array(repeating: "1", count: 30_000).joined(separator: ",") + "]}",
                .reasonable
            ),
            (
                "[\(Self.padding)," + Array(repeating: "1", count: JSONTokens.limit).joined(separator: ",") + "]",
                .tooManyValues
            ),
            // What is no JSON is the reader's to refuse.
            (String(repeating: "[", count: JSONTokens.harmless + 1), .reasonable),
            ("]]}}" + Self.padding, .reasonable),
            (Self.padding + "\"", .reasonable),
        ]
        for (text, verdict) in cases { #expect(JSONTokens.verdict(Array(text.utf8)) == verdict, "\(text.prefix(40))") }
    }
}
