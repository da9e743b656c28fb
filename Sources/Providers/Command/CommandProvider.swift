// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Gateway

/// Gives each message to a program: the recipients as arguments after `--`, the message on standard input, no shell.
struct CommandProvider: Provider {
    static let usualTimeLimit = Duration.seconds(60)

    private let program: String
    private let arguments: [String]
    private let timeLimit: Duration

    init(program: String, arguments: [String], timeLimit: Duration = usualTimeLimit) {
        self.program = program
        self.arguments = arguments
        self.timeLimit = timeLimit
    }

    var capabilities: Capabilities { .rawMIME }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let refused = message.envelope.filter { $0.description.hasPrefix("-") }
        let taken = message.envelope.filter { !$0.description.hasPrefix("-") }
        guard !taken.isEmpty else { throw Self.optionLike }
        let run = CommandRun(
            program: program,
            arguments: arguments + ["--"] + taken.map(\.description),
            input: RawMessage.content(of: message),
            timeLimit: timeLimit
        )
        if let error = CommandVerdict.error(of: await run.outcome()) { throw error }
        return Receipt(id: nil, refusals: refused.map { Receipt.Refusal(address: $0, error: Self.optionLike) })
    }

    /// Looks whether the program is there and may be run.
    func probe() async throws(DeliveryError) {
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw DeliveryError(
                .misconfigured,
                code: "command.missing",
                detail: "\(program) is not there or may not be run",
                remedy: "install the program, or correct `run:`"
            )
        }
    }

    /// Not every program honours `--`, and an option may do anything.
    private static let optionLike = DeliveryError(
        .rejected,
        scope: .message,
        code: "command.address",
        detail: "an address that begins with `-` could be taken for an option of the program"
    )
}
