// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import Foundation
package import Monitoring

/// What the kernel says of this process.
package enum ProcessReadings {
    /// The unit of the times in `/proc`; Linux has it at 100 everywhere.
    private static let ticksPerSecond = 100.0
    private static let pageSize = 4096.0

    /// Memory, processor time and start; what `/proc` does not tell is left out.
    package static func current(startedAt: Timestamp) -> [MetricsReading] {
        let started = MetricsReading(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970.",
            value: Double(startedAt.milliseconds) / 1000
        )
        // Without /proc there is nothing to tell, which is no fault.
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8) else { return [started] }
        return [started] + readings(text)
    }

    /// The name in parentheses may hold anything, so fields are counted from behind it (proc(5)).
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
