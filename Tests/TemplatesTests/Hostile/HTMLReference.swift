// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON

/// Has html5lib, a parser of the HTML standard that nobody here wrote, compare pages.
enum HTMLReference {
    struct Pages {
        let label: String
        /// The page with harmless values.
        let expected: String
        let hostile: [String]
    }

    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The Python that `make test` sets up, or the one that POSTHASTE_TEST_PYTHON names; nil when it has no html5lib.
    static let python: URL? = {
        let given = ProcessInfo.processInfo.environment["POSTHASTE_TEST_PYTHON"]
        let path = given ?? repository.appending(path: ".build/test-python/bin/python3").path
        let python = URL(filePath: path)
        // No such program is the same as one without html5lib.
        return (try? run(python, ["-c", "import html5lib"])) == nil ? nil : python
    }()

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
        // What is left of it in a temporary folder harms nobody.
        defer { try? FileManager.default.removeItem(at: file) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "check.py")
        return try run(python, [script.path, file.path]).split(separator: "\n").map(String.init)
    }

    private struct Failure: Error {
        let status: Int32
    }

    private static func run(_ program: URL, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
