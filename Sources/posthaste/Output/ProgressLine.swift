// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// One line on the routing key of errors that says how far a long work has come; nothing where no person looks.
final class ProgressLine: Sendable {
    private let words: String
    private let isShown: Bool
    /// The highest number shown, for workers report out of order.
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

    /// Takes the line away.
    func clear() {
        if isShown { Self.write("\r\u{1B}[K") }
    }

    private static func write(_ text: String) {
        // Progress that cannot be shown keeps no work from its end.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
