// SPDX-License-Identifier: Apache-2.0
import Delivery
internal import Foundation
import Mail
import Settings

/// Runs a program for each message: recipients as arguments after `--`, the message on standard input, no shell.
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

    var capabilities: Capabilities { .mime }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let refused = message.envelope.filter { $0.description.hasPrefix("-") }
        let taken = message.envelope.filter { !$0.description.hasPrefix("-") }
        guard !taken.isEmpty else { throw Self.optionLike }
        let run = CommandRun(
            program: program,
            arguments: arguments + Self.sender(of: message, after: arguments) + ["--"] + taken.map(\.description),
            input: MIMEWriter.message(message),
            timeLimit: timeLimit
        )
        if let error = CommandVerdict.error(of: await run.outcome()) { throw error }
        return Receipt(id: nil, refusals: refused.map { Receipt.Refusal(address: $0, error: Self.optionLike) })
    }

    /// The option of sendmail for the envelope sender, unless the settings have it.
    private static func sender(of message: OutgoingMessage, after arguments: [String]) -> [String] {
        guard let sender = message.envelopeSender, !arguments.contains(where: { $0.hasPrefix("-f") }) else { return [] }
        return ["-f", sender.description]
    }

    /// Checks that the program exists and is executable.
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

    /// Not every program honours `--`, and an option can have any effect.
    private static let optionLike = DeliveryError(
        .rejected,
        scope: .message,
        code: "command.address",
        detail: "an address that begins with `-` could be taken for an option of the program"
    )
}

/// Runs a program for other purposes than mail, such as an alert.
package enum CommandCall {
    /// Runs `words` without a shell, with `input` on its standard input; returns nil for exit code 0, else how it ended.
    package static func ending(_ words: [String], input: [UInt8], timeLimit: Duration) async -> String? {
        guard let program = words.first else { return "there is no program to run" }
        let run = CommandRun(
            program: program,
            arguments: Array(words.dropFirst()),
            input: input,
            timeLimit: timeLimit
        )
        return switch await run.outcome() {
        case .exited(0, _): nil
        case .exited(let code, let message): "it ended with exit code \(code)\(Self.said(message))"
        case .killed(let signal, let message): "it was ended by signal \(signal)\(Self.said(message))"
        case .timedOut: "it did not end within \(timeLimit)"
        case .cancelled: "it was stopped"
        case .notStarted(let reason): reason
        case .notReady: "its input could not be written to a temporary file; see whether there is room for it"
        }
    }

    private static func said(_ message: String) -> String { message.isEmpty ? "" : ": \(message)" }
}

extension ProviderKind {
    /// `kind: command`.
    public static let command = ProviderKind(
        "command",
        summary: "a program that takes the message on standard input, such as sendmail",
        sample: ["run: [/usr/sbin/sendmail, -i]"],
        defaultConcurrency: 4,
        signing: .byDefault
    ) { settings, _ in
        let words = settings.strings("run")
        let limit = settings.duration("timeout")
        if let limit, limit <= .zero { settings.note("a time limit is longer than nothing", key: "timeout") }
        guard let words, let program = words.first, program.hasPrefix("/") else {
            settings.note(
                words == nil
                    ? "there is no program to run" : "the program needs its full path, for no shell looks for it",
                key: "run",
                remedy: "write it like `run: [/usr/sbin/sendmail, -i]`"
            )
            return nil
        }
        return CommandSettings(
            program: program,
            arguments: Array(words.dropFirst()),
            timeLimit: limit ?? CommandProvider.usualTimeLimit
        )
    }
}

/// The settings of a `command` provider.
struct CommandSettings: ProviderSettings {
    let program: String
    let arguments: [String]
    let timeLimit: Duration

    func provider(_ services: ProviderServices) -> any Provider {
        CommandProvider(program: program, arguments: arguments, timeLimit: timeLimit)
    }
}
