// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Says on standard error how far a long piece of work has come, and when it is likely to end.
///
/// On a terminal one line is written over and over, elsewhere a new line every few seconds. Work that ends before the first is due
/// says nothing.
final class Progress: Sendable {
    /// Where the work is.
    struct Step: Sendable, Equatable {
        var done: Int
        /// Nil while it is not known.
        var total: Int?
        /// What is done at this moment.
        var subject = ""
    }

    private struct State {
        var started: ContinuousClock.Instant
        var spoke: ContinuousClock.Instant
        var isOpen = false
    }

    private static let interval = (terminal: Duration.milliseconds(200), other: Duration.seconds(5))

    private let unit: String
    private let isTerminal: Bool
    private let state: Mutex<State>

    /// `unit` names what is counted, in the plural.
    init(_ unit: String, isTerminal: Bool = Terminal.isInteractive) {
        self.unit = unit
        self.isTerminal = isTerminal
        let now = ContinuousClock.now
        state = Mutex(State(started: now, spoke: now))
    }

    /// Notes a step, and says so when it is time.
    func note(_ step: Step) {
        let interval = isTerminal ? Self.interval.terminal : Self.interval.other
        state.withLock { state in
            let now = ContinuousClock.now
            guard now - state.spoke >= interval else { return }
            state.spoke = now
            let line = Self.line(step, unit: unit, after: now - state.started)
            if isTerminal {
                state.isOpen = true
                Terminal.errorBytes(Array("\r\u{1B}[K\(line)".utf8))
            } else {
                Terminal.error(line)
            }
        }
    }

    /// Takes the line off the terminal, so that what follows begins at its edge.
    func end() {
        state.withLock { state in
            if state.isOpen { Terminal.errorBytes(Array("\r\u{1B}[K".utf8)) }
            state.isOpen = false
        }
    }

    /// The words for a step, `elapsed` after the start: count, share and the time that is left at the pace so far.
    static func line(_ step: Step, unit: String, after elapsed: Duration) -> String {
        let subject = step.subject.isEmpty ? "" : "\(step.subject): "
        guard let total = step.total, total > 0, step.done <= total else { return "\(subject)\(step.done) \(unit)" }
        let line = "\(subject)\(step.done) of \(total) \(unit), \(step.done * 100 / total)%"
        guard step.done > 0, step.done < total else { return line }
        let left = elapsed * (Double(total - step.done) / Double(step.done))
        return "\(line), \(RelativeTime.span(left)) left"
    }
}
