// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import JSON

/// Compares pages with html5lib, an independent parser of the HTML standard.
enum HTMLReference {
    struct Pages {
        let label: String
        /// The page with harmless values.
        let expected: String
        let hostile: [String]
    }

    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Nil when there is no Python with html5lib.
    static let python = TestPython.path(importing: "html5lib")

    /// One line for each difference.
    static func problems(in cases: [Pages]) throws -> [String] {
        guard let python else { return ["there is no Python with html5lib"] }
        let file = FileManager.default.temporaryDirectory.appending(path: "posthaste-pages-\(UUID().uuidString).json")
        let json = JSON.array(
            cases.map {
                [
                    "label": .string($0.label), "expected": .string($0.expected),
                    "pages": .array($0.hostile.map(JSON.string)),
                ]
            }
        )
        try Data(json.encoded()).write(to: file)
        // A leftover temporary file does no harm.
        defer { try? FileManager.default.removeItem(at: file) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "check.py")
        // The script reports there how much it has read.
        let check = try OutsideProgram(python, [script.path, file.path], keepsErrors: false)
        return try check.output().split(separator: "\n").map(String.init)
    }
}
