// SPDX-License-Identifier: Apache-2.0
import Logging

/// Hands what is logged to the sink.
struct SinkLogHandler: LogHandler {
    let sink: LogSink
    var metadata: Logger.Metadata = [:]

    /// The one of the settings, for all loggers alike.
    var logLevel: Logger.Level {
        get { sink.level }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let error = event.error { fields["error"] = "\(error)" }
        sink.line(event.level, "\(event.message)", fields.merging(event.metadata ?? [:]) { $1 })
    }
}
