// SPDX-License-Identifier: Apache-2.0
import Boundary
import Foundation
import JSON

/// Writes to the two routing keys of the process.
///
/// Nobody reading any more ends it quietly.
enum Terminal {
    /// Whether a person looks at standard output who has not asked for plain text (no-color.org), at a terminal that has colours.
    static var isColoured: Bool { isatty(STDOUT_FILENO) == 1 && mayColour(ProcessInfo.processInfo.environment) }

    /// What the environment says of colours.
    static func mayColour(_ environment: [String: String]) -> Bool {
        (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Whether a person looks at standard error, at a terminal whose cursor can be moved.
    static var isInteractive: Bool {
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// The columns of the terminal behind standard output; nil when it is none.
    static var width: Int? { TerminalSize.columns(of: STDOUT_FILENO) }

    /// Whether a person can be asked.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Asks a person; anything but yes is no.
    static func agrees(to question: String) -> Bool {
        error("\(question) [y/N]")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
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
        // There is nowhere left to complain about a broken routing key of errors.
        try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
    }

    static func errorBytes(_ bytes: [UInt8]) {
        try? FileHandle.standardError.write(contentsOf: Data(bytes))
    }

    /// All of standard input.
    static func input() -> [UInt8] {
        Array(FileHandle.standardInput.readDataToEndOfFile())
    }
}
