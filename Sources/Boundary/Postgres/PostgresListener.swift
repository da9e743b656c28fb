// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Receives notifications by `LISTEN` (PostgreSQL manual, section 34.9), over a connection and a thread of its own.
package final class PostgresListener: Sendable {
    private let isStopped = Mutex(false)

    /// Starts to listen on `channel`, and reconnects after any failure.
    ///
    /// `told` gets the payload of each notification, on the listener's thread; nil when notifications may have been
    /// missed, as after each connect.
    package init(_ settings: PostgresSettings, channel: String, told: @escaping @Sendable (String?) -> Void) {
        // Without a thread nothing is received; callers also poll.
        _ = BlockingThread.start { [weak self] in
            while let self, !self.isStopped.withLock(\.self) {
                Self.listen(settings, channel, told) { [weak self] in self?.isStopped.withLock(\.self) ?? true }
            }
        }
    }

    package func stop() {
        isStopped.withLock { $0 = true }
    }

    private static func listen(
        _ settings: PostgresSettings,
        _ channel: String,
        _ told: (String?) -> Void,
        isStopped: () -> Bool
    ) {
        do throws(PostgresError) {
            let link = try PostgresLink.connect(settings)
            _ = try link.run("LISTEN \(channel)")
            told(nil)
            var quietSince = ContinuousClock.now
            while !isStopped(), link.isUsable {
                let heard = link.notifications(within: .milliseconds(500))
                if !heard.isEmpty { quietSince = .now }
                for payload in heard { told(payload) }
                // A silent connection may be dead; a query shows it.
                if .now - quietSince > .seconds(20) {
                    _ = try link.run("SELECT 1")
                    quietSince = .now
                }
            }
        } catch {
            // The pool reports why the server cannot be reached; here the only remedy is to wait.
            BlockingThread.sleep(.milliseconds(500))
        }
    }
}
