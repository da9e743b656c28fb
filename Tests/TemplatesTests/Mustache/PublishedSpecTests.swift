// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

@testable import Templates

/// Runs the published Mustache spec if a copy of it is next to the repository.
@Suite struct PublishedSpecTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let template: String
        let data: JSON
        let partials: [String: String]
        let expected: String

        var testDescription: String { name }
    }

    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("../shared/data/mustache-spec")

    /// Empty without a copy of the spec; ``MustacheTests`` has further cases.
    static let cases: [Case] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().flatMap(read)
    }()

    private static func read(_ file: String) -> [Case] {
        // An unreadable file gives no cases; the count below fails then.
        guard let text = try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8),
            let tests = try? FoundationJSON.read(text)["tests"]?.array
        else { return [] }
        return tests.map { test in
            Case(
                name: "\(file): \(test["name"]?.string ?? "")",
                template: test["template"]?.string ?? "",
                data: test["data"] ?? .null,
                partials: Dictionary(
                    uniqueKeysWithValues: (test["partials"]?.object ?? JSONObject()).map {
                        ($0.key, $0.value.string ?? "")
                    }
                ),
                expected: test["expected"]?.string ?? ""
            )
        }
    }

    @Test(arguments: cases)
    func caseOfTheSpecHolds(_ test: Case) throws {
        let output = try PlainMustache.render(
            source: test.template,
            name: "template",
            data: test.data,
            partials: { test.partials[$0] }
        )
        #expect(output == test.expected)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: folder.path)))
    func wholeSpecIsRead() {
        #expect(Self.cases.count >= 180)
    }
}
