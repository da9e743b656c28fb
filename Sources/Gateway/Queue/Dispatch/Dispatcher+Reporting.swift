// SPDX-License-Identifier: Apache-2.0
import Basics
import Logging
import Synchronization

/// Reports the state of the providers to processes that do not send.
extension Dispatcher {
    /// The shortest time between two reports of values that change with every message.
    private static let reportInterval = Duration.seconds(5)

    /// What was last reported.
    struct Reported {
        var reports: [ProviderReport] = []
        var at = Timestamp.distantPast
    }

    /// Writes what has changed.
    func report(now: Timestamp) async {
        guard let store = stores.reports else { return }
        let reports = statuses().map { ProviderReport($0, by: holder) }
        let last = reported.withLock { $0 }
        let isNews = reports.map(\.news) != last.reports.map(\.news)
        guard isNews || (reports != last.reports && now - last.at >= Self.reportInterval) else { return }
        do throws(StoreError) {
            try await store.put(reports, of: holder)
            reported.withLock { $0 = Reported(reports: reports, at: now) }
        } catch {
            // Retried in a second; callers that need the store log its failure.
            logger.debug("the state of the providers cannot be told", metadata: ["error": "\(error)"])
        }
    }

    /// At the end: removes this gateway's reports, which no longer hold.
    func withdrawReports() async {
        guard let store = stores.reports else { return }
        do throws(StoreError) {
            try await store.put([], of: holder)
        } catch {
            logger.debug("the state of the providers cannot be withdrawn", metadata: ["error": "\(error)"])
        }
    }
}
