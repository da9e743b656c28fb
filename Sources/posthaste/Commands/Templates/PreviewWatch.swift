// SPDX-License-Identifier: Apache-2.0
import Server
import ServiceLifecycle
import Templates

/// Reads the templates folder again and again, and tells the page when something has changed.
struct PreviewWatch: Service {
    let library: TemplateLibrary
    let changes: PreviewChanges

    /// An edit shows well within a second.
    private static let interval = Duration.milliseconds(250)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if library.reload() { changes.announce() }
                // A cancelled sleep ends the loop.
                try? await Task.sleep(for: Self.interval)
            }
        }
        // Requests that wait for a change would keep the server from stopping.
        changes.close()
    }
}
