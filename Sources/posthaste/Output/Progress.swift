// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Reports the progress and the estimated end of a long task on standard error.
///
/// A terminal shows one line that is overwritten; other outputs get a new line every few seconds. A task that ends before the
/// first report is due prints nothing.
final class Progress: Sendable {
    /// The progress of the task.
    struct Step: Sendable, Equatable {
        var done: Int
        /// Nil while unknown.
        var total: Int?
        /// The item in progress.
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

    /// `unit` names the counted items, in the plural.
    init(_ unit: String, isTerminal: Bool = Terminal.isInteractive) {
        self.unit = unit
        self.isTerminal = isTerminal
        let now = ContinuousClock.now
        state = Mutex(State(started: now, spoke: now))
    }

    /// Records a step, and reports it when a report is due.
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

    /// Removes the line from the terminal, so that later output starts at the left edge.
    func end() {
        state.withLock { state in
            if state.isOpen { Terminal.errorBytes(Array("\r\u{1B}[K".utf8)) }
            state.isOpen = false
        }
    }

    /// The text of a step `elapsed` after the start: count, percentage and the remaining time at the current pace.
    static func line(_ step: Step, unit: String, after elapsed: Duration) -> String {
        let subject = step.subject.isEmpty ? "" : "\(step.subject): "
        guard let total = step.total, total > 0, step.done <= total else { return "\(subject)\(step.done) \(unit)" }
        let line = "\(subject)\(step.done) of \(total) \(unit), \(step.done * 100 / total)%"
        guard step.done > 0, step.done < total else { return line }
        let left = elapsed * (Double(total - step.done) / Double(step.done))
        return "\(line), \(RelativeTime.span(left)) left"
    }
}
