// SPDX-License-Identifier: Apache-2.0
import Boundary
import Foundation
import Synchronization

/// Takes and keeps every connection of a server.
final class ConnectionHoard: Sendable {
    private struct State {
        var count = 0
        var isOver = false
    }

    private let state = Mutex(State())

    /// Starts to take them, with the rights of the URL's user.
    init(_ url: String) throws {
        // A session timeout would end it.
        let settings = try PostgresSettings(url: url, isPooled: true)
        Thread.detachNewThread { [self] in
            var links: [PostgresLink] = []
            while !state.withLock(\.isOver) {
                // Refused while others hold all connections.
                guard let link = try? PostgresLink.connect(settings) else {
                    usleep(5000)
                    continue
                }
                links.append(link)
                state.withLock { $0.count += 1 }
            }
        }
    }

    var count: Int { state.withLock(\.count) }

    /// Closes all of them.
    func end() { state.withLock { $0.isOver = true } }
}
