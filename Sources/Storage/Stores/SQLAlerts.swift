// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
package import Monitoring
import SQL

/// Alert records in SQL.
package struct SQLAlerts: AlertStore {
    let access: SQLAccess

    package func episodes() async throws(StoreError) -> [AlertRecord] {
        let episodes = try await access.records(Self.all) { (row) throws(DatabaseError) in try episode(row) }
        return episodes.compactMap(\.self)
    }

    package func put(_ episode: AlertRecord) async throws(StoreError) -> Bool {
        let values = Self.insertion.values(episode)
        return try await access.write { (connection) throws(DatabaseError) in
            guard episode.version > 0 else { return try connection.execute(Self.insert, values) > 0 }
            return try connection.execute(Self.update, values + [.integer(episode.version)]) > 0
        }
    }

    package func forget(endedBefore moment: Timestamp) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(
                "DELETE FROM alert_episodes WHERE ended_at IS NOT NULL AND ended_at < $1",
                .integer(moment.milliseconds)
            )
        }
    }

    /// Nil for a key that names no alert; the alert may be one that only another version of the gateway knows.
    private func episode(_ row: Record) throws(DatabaseError) -> AlertRecord? {
        guard let key = AlertKey(try row[AlertEpisodes.key]) else { return nil }
        guard let sightings = try access.json(row, AlertEpisodes.sightings).object.flatMap(Self.moments) else {
            throw row.unreadable(AlertEpisodes.sightings)
        }
        guard let ends = try access.json(row, AlertEpisodes.ends).list(Timestamp.init) else {
            throw row.unreadable(AlertEpisodes.ends)
        }
        var episode = AlertRecord(
            key: key,
            since: try row[AlertEpisodes.since],
            title: try row[AlertEpisodes.title],
            severity: try row[AlertEpisodes.severity],
            alertedAt: try row[AlertEpisodes.alertedAt],
            claimedBy: try row[AlertEpisodes.claimedBy],
            sightings: sightings,
            ends: ends
        )
        episode.version = try row[AlertEpisodes.version]
        episode.endedAt = try row[AlertEpisodes.endedAt]
        episode.saying = try row[AlertEpisodes.saying]
        episode.claimedAt = try row[AlertEpisodes.claimedAt]
        episode.isTold = try row[AlertEpisodes.isTold]
        return episode
    }

    /// Nil when one of the members is no moment.
    private static func moments(_ object: JSONObject) -> [String: Timestamp]? {
        let moments = object.compactMap { member in Timestamp(member.value).map { (member.key, $0) } }
        return moments.count == object.count ? Dictionary(moments) { $1 } : nil
    }

    private static func text(_ moments: [String: Timestamp]) -> String {
        let members = moments.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
        return JSON.object(JSONObject(members)).text()
    }
}

extension SQLAlerts {
    private static let all = Query(
        Selection(
            AlertEpisodes.table,
            [
                AlertEpisodes.key, AlertEpisodes.version, AlertEpisodes.since, AlertEpisodes.endedAt,
                AlertEpisodes.title, AlertEpisodes.severity, AlertEpisodes.alertedAt, AlertEpisodes.saying,
                AlertEpisodes.claimedBy, AlertEpisodes.claimedAt, AlertEpisodes.isTold, AlertEpisodes.sightings,
                AlertEpisodes.ends,
            ]
        )
    ) { "SELECT \($0) FROM alert_episodes ORDER BY since, key" }

    /// With the record's next version.
    private static let insertion = Insert<AlertRecord>(
        AlertEpisodes.table,
        [
            .init(AlertEpisodes.key) { $0.key.description },
            .init(AlertEpisodes.version) { $0.version + 1 },
            .init(AlertEpisodes.since) { $0.since },
            .init(AlertEpisodes.endedAt) { $0.endedAt },
            .init(AlertEpisodes.title) { $0.title },
            .init(AlertEpisodes.severity) { $0.severity },
            .init(AlertEpisodes.alertedAt) { $0.alertedAt },
            .init(AlertEpisodes.saying) { $0.saying },
            .init(AlertEpisodes.claimedBy) { $0.claimedBy },
            .init(AlertEpisodes.claimedAt) { $0.claimedAt },
            .init(AlertEpisodes.isTold) { $0.isTold },
            .init(AlertEpisodes.sightings) { text($0.sightings) },
            .init(AlertEpisodes.ends) { JSON.array($0.ends.map(\.json)).text() },
        ]
    )

    private static let insert = "\(insertion.statement()) ON CONFLICT (key) DO NOTHING"
    private static let update = """
        UPDATE alert_episodes SET \(insertion.assignments) WHERE key = $1 AND version = $\(insertion.count + 1)
        """
}
