// SPDX-License-Identifier: Apache-2.0
import Gateway
import Logging
import Storage
import Synchronization
import Templates

/// What a serving gateway looks after besides sending: edited templates, and content past its retention.
struct Upkeep: Sendable {
    let live: LiveConfig
    let messages: SQLMessages
    let logger: Logger

    /// Reads edited files; each new fault is logged once.
    func readTemplates() {
        let library = live.state.templates.library
        let known = Set(library.faults)
        guard library.reload() else { return }
        let faults = library.faults
        for fault in faults where !known.contains(fault) {
            logger.error("a template file has a fault; its last good version serves", metadata: ["fault": "\(fault)"])
        }
        logger.info("templates were read again", metadata: ["faults": "\(faults.count)"])
    }

    /// Drops what is past its retention, a bounded piece at a time.
    func purge() async {
        let now = Machine.clock()
        let retention = live.settings.retention
        do throws(OutboxError) {
            while try await messages.purge(
                contentBefore: now - retention.content,
                messagesBefore: now - retention.messages,
                now: now
            ), !Task.isCancelled {}
        } catch {
            logger.error("old mail cannot be dropped", metadata: ["error": "\(error)"])
        }
    }
}
