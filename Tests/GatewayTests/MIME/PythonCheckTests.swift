// SPDX-License-Identifier: Apache-2.0
import Testing

/// How an independent parser reads the messages.
@Suite struct PythonCheckTests {
    @Test(.enabled(if: PythonCheck.isAvailable, "python3 is not there to read the messages"))
    func pythonReadsEachMessageAsItWasMeant() throws {
        let messages = try VariedMessages.all()
        #expect(messages.count > 100)
        let problems = try PythonCheck.problems(in: messages)
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    @Test(.enabled(if: PythonCheck.isAvailable, "python3 is not there to read the messages"))
    func pythonReadsHostileMessagesAsTheyWereMeant() throws {
        var noise = HostileText(seed: 7)
        let messages = try (0..<80).map { ("hostile \($0)", try noise.message()) }
        let problems = try PythonCheck.problems(in: messages)
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }
}
