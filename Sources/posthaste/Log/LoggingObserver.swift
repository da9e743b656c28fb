// SPDX-License-Identifier: Apache-2.0
import Logging
import Monitoring
import Queue

/// Counts the dispatcher's events, and logs a line for each message that changes state.
struct LoggingObserver: DispatchObserver {
    let metrics: Metrics
    let logger: Logger

    func attempted(_ provider: String, outcome: String, waited: Duration, took: Duration) {
        metrics.attempted(provider, outcome: outcome, waited: waited, took: took)
    }

    func settled(_ settlement: Settlement) {
        metrics.settled(settlement)
        guard !settlement.keepsLease else { return }
        let level = Self.level(of: settlement.state)
        guard level >= logger.logLevel else { return }
        var metadata: Logger.Metadata = [
            "message_id": "\(settlement.id)", "state": "\(settlement.state.rawValue)",
            "tries": .stringConvertible(settlement.attempts),
        ]
        if let provider = settlement.provider { metadata["provider"] = "\(provider)" }
        if let due = settlement.due { metadata["due"] = "\(due)" }
        // Kind and code only: the text of a server's reply may quote addresses.
        if let failure = settlement.failure { metadata["error"] = "\(failure.kind) (\(failure.code))" }
        logger.log(level: level, "message settled", metadata: metadata)
    }

    private static func level(of state: MessageState) -> Logger.Level {
        switch state {
        case .failed, .uncertain, .bounced, .complained: .warning
        // The dispatcher has logged this already.
        case .sent: .debug
        default: .info
        }
    }
}
