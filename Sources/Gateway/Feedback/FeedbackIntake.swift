// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery

/// Takes what services and bounce mails report.
package protocol FeedbackIntake: Sendable {
    /// Stores events in one commit; they are processed afterwards. One that was stored before is left out.
    ///
    /// `provider` is the one in the settings that reports them; nil for a report that came by mail to the bounce domain, or
    /// from a recipient.
    func add(_ events: [FeedbackEvent], of provider: String?) async throws(StoreError)
}
