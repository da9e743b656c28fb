// SPDX-License-Identifier: Apache-2.0

/// Runs a program for something else than mail, such as an alert.
package enum CommandCall {
    /// Runs `words` without a shell, `input` on its standard input; answers nil when it ended with 0, else how it ended.
    package static func ending(_ words: [String], input: [UInt8], timeLimit: Duration) async -> String? {
        guard let program = words.first else { return "there is no program to run" }
        let run = CommandRun(
            program: program,
            arguments: Array(words.dropFirst()),
            input: input,
            timeLimit: timeLimit
        )
        return switch await run.outcome() {
        case .exited(0, _): nil
        case .exited(let code, let message): "it ended with exit code \(code)\(Self.said(message))"
        case .killed(let signal, let message): "it was ended by signal \(signal)\(Self.said(message))"
        case .timedOut: "it did not end within \(timeLimit)"
        case .cancelled: "it was stopped"
        case .notStarted(let reason): reason
        case .notReady: "its input could not be written to a temporary file; see whether there is room for it"
        }
    }

    private static func said(_ message: String) -> String { message.isEmpty ? "" : ": \(message)" }
}
