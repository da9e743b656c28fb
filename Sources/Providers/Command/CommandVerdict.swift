// SPDX-License-Identifier: Apache-2.0
internal import Delivery

/// How a program ended.
enum CommandOutcome: Sendable, Hashable {
    case exited(code: Int, message: String)
    case killed(signal: Int, message: String)
    case timedOut
    case cancelled
    /// The program was not run.
    case notStarted(reason: String)
    /// The temporary files could not be created.
    case notReady
}

/// Classifies the end of a program, by the exit codes of sysexits(3) that sendmail-compatible programs use.
enum CommandVerdict {
    static func error(of outcome: CommandOutcome) -> DeliveryError? {
        switch outcome {
        case .exited(0, _): nil
        case .exited(let code, let message): failure(code, message)
        case .killed(let signal, let message):
            DeliveryError(
                .uncertain,
                code: "command.signal-\(signal)",
                detail: detail("ended by signal \(signal)", message)
            )
        case .timedOut: DeliveryError(.uncertain, code: "command.timeout", detail: "the program did not end in time")
        case .cancelled:
            DeliveryError(.uncertain, scope: .message, code: "command.cancelled", detail: "the attempt was cancelled")
        case .notStarted(let reason):
            DeliveryError(
                .misconfigured,
                code: "command.missing",
                detail: reason,
                remedy: "install the program, or correct `run:`"
            )
        case .notReady:
            DeliveryError(
                .transient,
                code: "command.temporary-file",
                detail: "the message could not be written to a temporary file",
                remedy: "see whether there is room in the folder for temporary files"
            )
        }
    }

    private static func failure(_ code: Int, _ message: String) -> DeliveryError {
        let text = detail("exit code \(code)", message)
        let name = "command.exit-\(code)"
        return switch code {
        // EX_TEMPFAIL
        case 75: DeliveryError(.transient, code: name, detail: text)
        // EX_NOPERM, EX_CONFIG
        case 77, 78: DeliveryError(.misconfigured, code: name, detail: text, remedy: "see what the program says")
        default: DeliveryError(.rejected, scope: .message, code: name, detail: text)
        }
    }

    private static func detail(_ ending: String, _ message: String) -> String {
        message.isEmpty ? ending : "\(ending): \(message)"
    }
}
