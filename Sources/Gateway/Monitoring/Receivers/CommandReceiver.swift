// SPDX-License-Identifier: Apache-2.0
import JSON

/// Runs a program and gives it an alert as JSON on standard input.
package struct CommandReceiver: Receiver {
    /// Runs a program without a shell; returns nil when it exited with 0, else how it ended.
    package typealias Runner =
        @Sendable (_ words: [String], _ input: [UInt8], _ timeLimit: Duration) async -> String?

    package static let usualTimeLimit = Duration.seconds(30)

    private let words: [String]
    private let timeLimit: Duration
    private let run: Runner

    package init(words: [String], timeLimit: Duration, run: @escaping Runner) {
        self.words = words
        self.timeLimit = timeLimit
        self.run = run
    }

    package func send(_ alert: AlertNotification) async throws(AlertFailure) {
        let ending = await run(words, alert.json.encoded() + [UInt8(ascii: "\n")], timeLimit)
        if let ending { throw AlertFailure("\(words.first ?? ""): \(ending)") }
    }
}
