// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Counts up from 0.
final class Position: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
