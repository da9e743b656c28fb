// SPDX-License-Identifier: Apache-2.0
public import Delivery

/// A runner for tests in which no program runs.
public struct NoPrograms: ProgramRunner {
    public init() {}

    public func start(
        _ words: [String],
        events: @escaping @Sendable (ProgramEvent) -> Void
    ) throws(ProgramFailure) -> any RunningProgram {
        throw ProgramFailure("no program runs here", isLasting: true)
    }
}
