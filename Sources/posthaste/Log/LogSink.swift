// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import JSON
import Logging
import Synchronization

/// Writes log lines to standard error, as text or JSON.
final class LogSink: Sendable {
    private let settings: Mutex<LogSettings>
    private let clock: Clock
    private let write: @Sendable ([UInt8]) -> Void

    /// `write` gets one line with its line end.
    init(_ settings: LogSettings, clock: @escaping Clock, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.settings = Mutex(settings)
        self.clock = clock
        self.write = write
    }

    static func standardError(_ settings: LogSettings) -> LogSink {
        LogSink(settings, clock: ProcessContext.clock) { line in
            // A failed log write must not stop the gateway.
            try? FileHandle.standardError.write(contentsOf: Data(line))
        }
    }

    var level: Logger.Level { Logger.Level(rawValue: settings.withLock { $0.level.rawValue }) ?? .info }

    func configure(_ settings: LogSettings) {
        self.settings.withLock { $0 = settings }
    }

    func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
        let now = clock()
        let fields = metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        switch settings.withLock({ $0.format }) {
        case .text: write(Self.text(now, level, message, fields))
        case .json: write(Self.json(now, level, message, fields))
        }
    }

    private static func text(
        _ now: Timestamp,
        _ level: Logger.Level,
        _ message: String,
        _ fields: [(String, Logger.MetadataValue)]
    ) -> [UInt8] {
        var line = "\(now) \(level.rawValue) \(MessageText.printable(message))"
        for (name, value) in fields {
            let value = MessageText.printable("\(value)")
            let isPlain = !value.isEmpty && !value.contains { $0 == " " || $0 == "\"" || $0 == "=" }
            line += " \(name)=\(isPlain ? value : "\"\(value.replacing("\"", with: "\\\""))\"")"
        }
        return Array("\(line)\n".utf8)
    }

    private static func json(
        _ now: Timestamp,
        _ level: Logger.Level,
        _ message: String,
        _ fields: [(String, Logger.MetadataValue)]
    ) -> [UInt8] {
        var object = JSONObject([
            ("time", .string(now.description)), ("level", .string(level.rawValue)), ("message", .string(message)),
        ])
        for (name, value) in fields { object[name] = value.json }
        return JSON.object(object).encoded() + [UInt8(ascii: "\n")]
    }
}

extension Logger.MetadataValue {
    /// Numbers stay numbers, lists stay lists.
    fileprivate var json: JSON {
        switch self {
        case .string(let text): .string(text)
        case .stringConvertible(let value as Int): .integer(value)
        case .stringConvertible(let value as Double) where value.isFinite: .number(value)
        case .stringConvertible(let value as Bool): .bool(value)
        case .stringConvertible(let value): .string(value.description)
        case .array(let values): .array(values.map(\.json))
        case .dictionary(let values):
            .object(JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }))
        }
    }
}

/// A log handler that forwards to the sink.
struct SinkLogHandler: LogHandler {
    let sink: LogSink
    var metadata: Logger.Metadata = [:]

    /// The level of the settings, shared by all loggers.
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
