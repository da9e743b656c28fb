// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Collects the lines of a stream, and waits for a line.
final class LineReader: Sendable {
    private struct State {
        var lines: [String] = []
        var looked = 0
        var rest: [UInt8] = []
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let changed = NSCondition()

    init(_ file: FileHandle) {
        Thread.detachNewThread { [self] in
            while true {
                let piece = file.availableData
                take(piece)
                if piece.isEmpty { return }
            }
        }
    }

    var lines: [String] { state.withLock(\.lines) }

    /// Waits for a line that contains `words` and was not passed over before; nil when the stream ends first.
    func line(containing words: String) -> String? {
        changed.withLock {
            while true {
                let (found, hasEnded) = state.withLock { state in (Self.find(words, &state), state.hasEnded) }
                if found != nil || hasEnded { return found }
                changed.wait()
            }
        }
    }

    private static func find(_ words: String, _ state: inout State) -> String? {
        while state.looked < state.lines.count {
            let line = state.lines[state.looked]
            state.looked += 1
            if line.contains(words) { return line }
        }
        return nil
    }

    private func take(_ piece: Data) {
        changed.withLock {
            state.withLock { state in
                if piece.isEmpty { state.hasEnded = true }
                for byte in piece {
                    if byte == UInt8(ascii: "\n") {
                        state.lines.append(String(decoding: state.rest, as: UTF8.self))
                        state.rest = []
                    } else {
                        state.rest.append(byte)
                    }
                }
            }
            changed.broadcast()
        }
    }
}
