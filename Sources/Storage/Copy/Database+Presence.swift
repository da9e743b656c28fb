// SPDX-License-Identifier: Apache-2.0
package import Gateway

extension Database {
    /// How many gateways have said in the last 30 seconds that they serve this store; none where its schema is not there yet.
    ///
    /// One that was killed counts for so long; one that ended gave its number back.
    package func livingGateways(now: Timestamp) async throws(DatabaseError) -> Int {
        let clock = dialect.serverClock ?? "\(now.milliseconds)"
        guard try await run(dialect.tableCount, ["gateways"]).first?.int(0) != 0 else { return 0 }
        let rows = try await run("SELECT count(*) FROM gateways WHERE number > 0 AND seen_at > \(clock) - 30000", [])
        return Int(rows.first?.int(0) ?? 0)
    }
}
