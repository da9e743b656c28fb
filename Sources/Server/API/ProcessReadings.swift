// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import Foundation
package import Monitoring

/// Metrics of this process, read from `/proc`.
package enum ProcessReadings {
    /// Ticks per second of the times in `/proc`; Linux uses 100 on all platforms.
    private static let ticksPerSecond = 100.0
    private static let pageSize = 4096.0

    /// Memory, processor time and start time; values missing from `/proc` are left out.
    package static func current(startedAt: Timestamp) -> [MetricsReading] {
        let started = MetricsReading(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970.",
            value: Double(startedAt.milliseconds) / 1000
        )
        // A system without /proc is no error: there are no readings.
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8) else { return [started] }
        return [started] + readings(text)
    }

    /// The name in parentheses may contain any character, so fields are counted from its closing parenthesis (proc(5)).
    static func readings(_ stat: String) -> [MetricsReading] {
        guard let end = stat.lastIndex(of: ")") else { return [] }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let pages = Double(fields[21])
        else { return [] }
        return [
            MetricsReading(
                "process_resident_memory_bytes",
                "Memory that the process holds.",
                value: pages * pageSize
            ),
            MetricsReading(
                "process_cpu_seconds_total",
                "Processor time that the process has used.",
                value: (user + system) / ticksPerSecond
            ),
        ]
    }
}
