// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Submission

@Suite struct TemplatePreviewTests {
    let acceptance = AcceptanceBench().acceptance

    @Test func dataIsRenderedAndWithoutItTheSample() throws {
        let preview = try acceptance.preview("welcome", ["data": ["name": "Ben"]], from: .fixture())
        #expect(preview["subject"] == "About welcome")
        #expect(preview["text"] == "v1\nname=Ben")
        #expect(preview["warnings"] == [])
        #expect(try acceptance.preview("welcome", [:], from: .fixture())["text"] == "v1\nname=Ana")
    }

    @Test(
        arguments: [
            ("welcome", ["data": [:]], 422, ["/data/name"]),
            ("welcome", ["dat": 1, "brand": "x"], 422, ["/dat", "/brand"]),
            ("welcome", ["brand": "westside"], 403, ["/brand"]), ("bye", [:], 404, []), ("welcome", "x", 422, [""]),
            ("welcome", ["data": ["name": "javascript:"]], 422, ["/data/link"]),
        ] as [(String, JSON, Int, [String])]
    )
    func faultsAreToldAtOnce(name: String, body: JSON, status: Int, pointers: [String]) throws {
        let problem = #expect(throws: Problem.self) { try acceptance.preview(name, body, from: .fixture()) }
        #expect(problem?.status == status)
        #expect(problem?.faults.map(\.pointer.description) == pointers)
    }
}
