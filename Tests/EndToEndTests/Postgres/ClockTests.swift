// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// Gateways whose clocks disagree by five seconds (Debian's `faketime`).
@Suite(
    .timeLimit(.minutes(10)),
    .enabled("Debian's faketime is not installed") { FileManager.default.fileExists(atPath: ClockShift.library) }
)
struct ClockTests {
    @Test func clocksMayDisagree() async throws {
        let gateways = try await SharedGateways(on: SharedStore(), starters: [ClockShift.starter("-5s")])
        defer { gateways.sink.stop() }
        let load = Load(gateways.clients)
        #expect(await comesTrue { load.tally.accepted.count >= 100 })
        let tally = await load.stop()
        #expect(tally.strange.isEmpty && tally.refused == 0 && tally.cut == 0)
        #expect(await gateways.remainder(of: tally.accepted) == (0, 0))
        // The counter after the time in a number has the order in which the server stored the messages.
        let setBack = """
            SELECT count(*) FROM (
                SELECT created_at - lag(created_at) OVER (ORDER BY seq % 1048576) AS step FROM messages) AS steps
            WHERE step < -4000
            """
        #expect(try gateways.store.psql(setBack) != "0")
        // Leases use the store's clock: no gateway was declared dead.
        #expect(try gateways.store.psql("SELECT count(*) FROM gateways") == "2")
    }
}

/// The environment that gives a process another time of day.
private enum ClockShift {
    static let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"

    /// A program that starts another one under a shifted clock.
    static func starter(_ offset: String) -> [String] {
        // The monotonic clock is unchanged: timers use it. The library is loaded into a small program first, which initialises
        // it; a Swift program that initialises it itself does not see its arguments.
        let environment = ["LD_PRELOAD=\(library)", "FAKETIME=\(offset)", "DONT_FAKE_MONOTONIC=1"]
        return ["/usr/bin/env"] + environment + ["/usr/bin/env"]
    }
}
