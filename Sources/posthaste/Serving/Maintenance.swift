// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import Logging
import SQL
import Storage
import Synchronization
import Templates

/// The periodic tasks of a gateway: reloading edited templates and purging content past its retention.
struct Maintenance: Sendable {
    let live: LiveConfig
    let messages: SQLMessages
    let statistics: SQLStatistics
    let suppressions: SQLSuppressions
    let logger: Logger
    private let told = ToldRefusals()

    init(live: LiveConfig, stores: SQLStores, logger: Logger) {
        (self.live, self.logger) = (live, logger)
        (messages, statistics, suppressions) = (stores.messages, stores.statistics, stores.suppressions)
    }

    /// Forgets the reports of services that are too old to matter.
    func forgetReports(_ feedback: FeedbackService) async {
        let retention = live.settings.retention
        // The next call tries again; the purge reports a store that does not answer.
        guard let now = try? await messages.retentionMoment(ProcessContext.clock()) else { return }
        await feedback.forget(messagesBefore: now - retention.messages, now: now)
    }

    /// Counts the events since the last call, and drops figures that are too old.
    func countStatistics() async {
        do throws(StoreError) {
            try await statistics.count()
            try await statistics.forget(now: ProcessContext.clock())
        } catch {
            logger.warning("the figures of mail cannot be counted now", metadata: ["error": "\(error)"])
        }
    }

    /// Reads edited files; each new fault is logged once.
    func readTemplates() {
        let library = live.state.templates.library
        let known = Set(library.faults)
        guard library.reload() else { return }
        let faults = library.faults
        for fault in faults where !known.contains(fault) {
            logger.error("a template file has a fault; its last good version serves", metadata: ["fault": "\(fault)"])
        }
        logger.info("templates were read again", metadata: ["faults": .stringConvertible(faults.count)])
    }

    /// Drops data past its retention: whole days first, then the rest in bounded batches.
    func purge() async {
        await rotatePartitions()
        let retention = live.settings.retention
        do throws(StoreError) {
            let now = try await messages.retentionMoment(ProcessContext.clock())
            while try await messages.purge(
                contentBefore: now - retention.content,
                messagesBefore: now - retention.messages,
                now: now
            ), !Task.isCancelled {}
        } catch {
            logger.error("old mail cannot be dropped", metadata: ["error": "\(error)"])
        }
        do throws(StoreError) {
            try await suppressions.purge(now: ProcessContext.clock())
        } catch {
            logger.error("expired suppressions cannot be dropped", metadata: ["error": "\(error)"])
        }
    }

    /// Creates the partitions of today and the coming days, and drops those past their retention.
    func rotatePartitions() async {
        let retention = live.settings.retention
        do throws(StoreError) {
            let now = try await messages.retentionMoment(ProcessContext.clock())
            tell(
                try await messages.rotatePartitions(
                    contentBefore: now - retention.content,
                    messagesBefore: now - retention.messages,
                    now: now
                )
            )
        } catch {
            logger.error("the days of the store cannot be read", metadata: ["error": "\(error)"])
        }
    }

    private func tell(_ turn: DayTurn) {
        for (what, days) in [("content", turn.contents), ("messages", turn.messages)] {
            for (day, kept) in days.sorted(by: { $0.key < $1.key }) {
                logger.info(
                    "a day past its retention was dropped",
                    metadata: ["day": "\(day)", "what": "\(what)", "still_needed": .stringConvertible(kept)]
                )
            }
        }
        if let refused = told.new(turn.refused) {
            logger.warning(
                "the partitions of days cannot be made or dropped now; trying again every minute (docs/postgresql.md)",
                metadata: ["reason": "\(refused)"]
            )
        }
    }
}

/// The last reported error, so that a lasting fault is logged once.
private final class ToldRefusals: Sendable {
    private let last = Mutex<DatabaseError?>(nil)

    /// Nil when the error is the same as the last one.
    func new(_ refused: DatabaseError?) -> DatabaseError? {
        last.withLock { last in
            defer { last = refused }
            return refused == last ? nil : refused
        }
    }
}
