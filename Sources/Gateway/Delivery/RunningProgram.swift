// SPDX-License-Identifier: Apache-2.0

/// Starts programs that keep running and talk over their standard streams.
public protocol ProgramRunner: Sendable {
    /// Starts a program without a shell, as the leader of a process group of its own, with the folder `/` and an environment of
    /// `PATH` and `LANG` only.
    ///
    /// `words` are the full path of the program and its arguments. `events` is called for one event after another, in the order in
    /// which they happen; ``ProgramEvent/ended(_:)`` is the last one. It may be called before this returns.
    func start(
        _ words: [String],
        events: @escaping @Sendable (ProgramEvent) -> Void
    ) throws(ProgramFailure) -> any RunningProgram
}

/// A program that was started.
public protocol RunningProgram: Sendable {
    /// Writes to standard input, after what was passed before; ``ProgramEvent/written(_:)`` follows with the same number.
    ///
    /// Returns at once. A program that does not read its input delays the event, not the caller.
    func write(_ bytes: [UInt8], number: Int)

    /// Closes standard input after everything that was passed to ``write(_:number:)``.
    func closeInput()

    /// Asks the whole process group to end (SIGTERM).
    func terminate()

    /// Ends the whole process group (SIGKILL).
    func kill()
}

/// What happens to a running program.
public enum ProgramEvent: Sendable, Hashable {
    /// The last byte of one write is in the pipe: the program may have read it.
    case written(Int)
    /// The program reads its input no more; nothing further is written.
    case inputClosed
    /// Bytes from standard output.
    case output([UInt8])
    /// Standard output is closed although the program still runs.
    case outputClosed
    /// Bytes from standard error.
    case errorOutput([UInt8])
    /// The program has ended, with its process group; the text says how, such as `exit code 1`.
    case ended(String)
}

/// Why a program could not be started.
public struct ProgramFailure: Error, Sendable, Hashable {
    /// In plain words, without the arguments.
    public let detail: String
    /// False when the same may work a moment later, as when the system has no process left.
    public let isLasting: Bool

    public init(_ detail: String, isLasting: Bool) {
        self.detail = detail
        self.isLasting = isLasting
    }
}
