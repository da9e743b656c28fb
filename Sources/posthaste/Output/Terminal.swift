// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON

/// Writes to the two streams of the process.
///
/// Nobody reading any more ends it quietly.
enum Terminal {
    /// Whether a person looks at standard output who has not asked for plain text (no-color.org).
    static var isColoured: Bool {
        let refusal = ProcessInfo.processInfo.environment["NO_COLOR"] ?? ""
        return isatty(STDOUT_FILENO) == 1 && refusal.isEmpty
    }

    static func line(_ text: String = "") {
        bytes(Array("\(text)\n".utf8))
    }

    static func json(_ value: JSON) {
        bytes(value.encoded() + [UInt8(ascii: "\n")])
    }

    static func bytes(_ bytes: [UInt8]) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(bytes))
        } catch {
            exit(CommandFailure.Code.failed.rawValue)
        }
    }

    static func error(_ text: String) {
        // There is nowhere left to complain about a broken stream of errors.
        try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
    }

    /// All of standard input.
    static func input() -> [UInt8] {
        Array(FileHandle.standardInput.readDataToEndOfFile())
    }
}
