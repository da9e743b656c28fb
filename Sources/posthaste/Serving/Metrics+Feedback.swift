// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import Monitoring
import Queue

extension Metrics {
    /// Counts the reports that one commit processed.
    func processed(_ result: FeedbackResult, now: Timestamp) {
        for applied in result.applied {
            reported(name(applied.provider), event: applied.kind.rawValue, lag: now - applied.at)
        }
        for provider in result.unmatched { unmatched(name(provider)) }
    }

    /// A report that came by mail, or from a recipient, has no provider.
    private func name(_ provider: String) -> String { provider.isEmpty ? "none" : provider }
}
