// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// One line on standard error that shows the progress of a long task; prints nothing without a terminal.
final class ProgressLine: Sendable {
    private let words: String
    private let isShown: Bool
    /// The highest number shown, because workers report out of order.
    private let shown = Mutex(0)

    init(_ words: String) {
        self.words = words
        isShown = isatty(STDERR_FILENO) == 1
    }

    func show(_ done: Int, of all: Int) {
        guard isShown else { return }
        shown.withLock { shown in
            guard done > shown else { return }
            shown = done
            Self.write("\r\(done)/\(all) \(words)")
        }
    }

    /// Removes the line.
    func clear() {
        if isShown { Self.write("\r\u{1B}[K") }
    }

    private static func write(_ text: String) {
        // A failed progress report must not stop the task.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
