// SPDX-License-Identifier: Apache-2.0
import Boundary
import Foundation
import JSON

/// Writes to standard output and standard error.
///
/// A closed pipe ends the process quietly.
enum Terminal {
    /// Whether standard output is a terminal with colours and the user has not disabled them (no-color.org).
    static var isColoured: Bool { isatty(STDOUT_FILENO) == 1 && mayColour(ProcessInfo.processInfo.environment) }

    /// Whether the environment allows colours.
    static func mayColour(_ environment: [String: String]) -> Bool {
        (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Whether standard error is a terminal whose cursor can be moved.
    static var isInteractive: Bool {
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// The columns of the terminal on standard output; nil without a terminal.
    static var width: Int? { TerminalSize.columns(of: STDOUT_FILENO) }

    /// Whether the user can answer a prompt.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Asks for confirmation; anything but yes is no.
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
        // A failed write to standard error cannot be reported.
        try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
    }

    static func errorBytes(_ bytes: [UInt8]) {
        try? FileHandle.standardError.write(contentsOf: Data(bytes))
    }

    /// The whole standard input.
    static func input() -> [UInt8] {
        Array(FileHandle.standardInput.readDataToEndOfFile())
    }
}
