// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Runs the published Mustache spec through `posthaste templates eval`, if a copy of it is next to the repository.
@Suite struct TemplatesSpecTests {
    private static let folders =
        ["shared/data/mustache-spec", "../shared/data/mustache-spec"]
        .map { "\(FileManager.default.currentDirectoryPath)/\($0)" } + ["/work/shared/data/mustache-spec"]
    private static let folder = folders.first { FileManager.default.fileExists(atPath: $0) }

    private struct Module: Decodable {
        let tests: [Case]
    }

    /// The data stay unchanged, because they go to the program as text.
    private struct Case: Decodable {
        let name: String
        let template: String
        let expected: String
        let partials: [String: String]?
    }

    @Test(.enabled(if: folder != nil, "there is no copy of the Mustache spec in shared/data/mustache-spec"))
    func everyCaseOfTheSpecHoldsByteForByte() throws {
        let folder = try #require(Self.folder)
        let modules = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
        var count = 0
        for module in modules.sorted() {
            let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(module)"))
            let values = try #require(JSONSerialization.jsonObject(with: bytes) as? [String: Any])
            let data = try #require(values["tests"] as? [[String: Any]])
            for (test, members) in zip(try JSONDecoder().decode(Module.self, from: bytes).tests, data) {
                let json = try JSONSerialization.data(
                    withJSONObject: members["data"] ?? [:],
                    options: .fragmentsAllowed
                )
                try check(test, data: String(decoding: json, as: UTF8.self), of: module)
                count += 1
            }
        }
        #expect(count >= 180)
    }

    private func check(_ test: Case, data: String, of module: String) throws {
        let work = try TemplatesFolder()
        try work.write(test.template, to: "t.mustache")
        try FileManager.default.createDirectory(atPath: "\(work.path)/p", withIntermediateDirectories: true)
        for (name, text) in test.partials ?? [:] { try work.write(text, to: "p/\(name).mustache") }
        let result = try work.run("eval", "t.mustache", "--data", "-", "--partials", "p", input: data)
        #expect(result.code == 0, "\(module): \(test.name): \(result.errors)")
        #expect(result.output == test.expected, "\(module): \(test.name)")
    }
}
