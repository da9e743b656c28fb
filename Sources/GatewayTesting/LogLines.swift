// SPDX-License-Identifier: Apache-2.0
package import Logging
import Synchronization

/// Collects the log: a line has the level, the message and the metadata by key.
package final class LogLines: LogHandler {
    private let lines = Mutex<[String]>([])

    package init() {}

    package var all: [String] { lines.withLock { $0 } }

    package var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    package var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    package func log(event: LogEvent) {
        let fields = event.metadata?.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } ?? []
        lines.withLock {
            $0.append(([String(describing: event.level), "\(event.message)"] + fields).joined(separator: " "))
        }
    }
}
