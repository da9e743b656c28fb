// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Replays the fuzzing corpus; `Tests/Fuzz/run` looks for more.
@Suite struct CorpusTests {
    @Test func noValueOfTheCorpusLeavesItsPlace() throws {
        let folder = HTMLReference.repository.appending(path: "Tests/Fuzz/corpus")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count > 30)
        for file in files {
            let violation = PlaceProperty.violation(Array(try Data(contentsOf: file)))
            #expect(violation == nil, "\(file.lastPathComponent)")
        }
    }

    /// The property must be able to fail: this page has one more attribute than the other.
    @Test func readerSeesWhatAValueAdds() {
        let harmless = MarkupReader("<p title=\"a\">".utf8)
        #expect(MarkupReader("<p title=\"\" onclick=\"a\">".utf8).tags != harmless.tags)
        #expect(MarkupReader("<p title=\"b\">".utf8).tags == harmless.tags)
        #expect(MarkupReader("<!--[if mso]><b><![endif]-->".utf8, isOutlook: true).tags.map(\.name) == ["b"])
    }
}
