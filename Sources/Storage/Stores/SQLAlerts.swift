// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
package import Monitoring
import SQL

/// Alert records in SQL.
package struct SQLAlerts: AlertStore {
    private static let columns = """
        key, version, since, ended_at, title, severity, alerted_at, saying, claimed_by, claimed_at, told, sightings, ends
        """

    let access: SQLAccess

    package func episodes() async throws(StoreError) -> [AlertRecord] {
        let rows = try await access.rows("SELECT \(Self.columns) FROM alert_episodes ORDER BY since, key")
        var episodes: [AlertRecord] = []
        for row in rows {
            if let episode = try episode(row) { episodes.append(episode) }
        }
        return episodes
    }

    package func put(_ episode: AlertRecord) async throws(StoreError) -> Bool {
        let values = Self.values(episode)
        return try await access.write { (connection) throws(DatabaseError) in
            guard episode.version > 0 else {
                let parameters = values.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
                return try connection.execute(
                    "INSERT INTO alert_episodes (\(Self.columns)) VALUES (\(parameters)) ON CONFLICT (key) DO NOTHING",
                    values
                ) > 0
            }
            return try connection.execute(
                """
                UPDATE alert_episodes SET version = $2, since = $3, ended_at = $4, title = $5, severity = $6,
                    alerted_at = $7, saying = $8, claimed_by = $9, claimed_at = $10, told = $11, sightings = $12,
                    ends = $13
                WHERE key = $1 AND version = $14
                """,
                values + [.integer(episode.version)]
            ) > 0
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

    /// In the order of the columns, with the record's next version.
    private static func values(_ episode: AlertRecord) -> [SQLValue] {
        let sightings = episode.sightings.sorted { $0.key < $1.key }.map { gateway, at in
            (gateway, JSON.integer(Int(at.milliseconds)))
        }
        let ends = episode.ends.map { JSON.integer(Int($0.milliseconds)) }
        return [
            .text(episode.key.description), .integer(episode.version + 1), .integer(episode.since.milliseconds),
            SQLValue(episode.endedAt), .text(episode.title), .text(episode.severity.rawValue),
            .integer(episode.alertedAt.milliseconds), .text(episode.saying.rawValue), .text(episode.claimedBy),
            .integer(episode.claimedAt.milliseconds), .integer(episode.isTold ? 1 : 0),
            .text(JSON.object(JSONObject(sightings)).text()), .text(JSON.array(ends).text()),
        ]
    }

    /// Nil for an alert that only another version of the gateway knows.
    private func episode(_ row: SQLRow) throws(StoreError) -> AlertRecord? {
        guard let key = row.text(0).flatMap(AlertKey.init) else { return nil }
        let place = "episode \(key)"
        let sightings = try access.json(row.text(11) ?? "{}", place).object ?? JSONObject()
        let ends = try access.json(row.text(12) ?? "[]", place).array ?? []
        var episode = AlertRecord(
            key: key,
            since: row.moment(2),
            title: row.text(4) ?? "",
            severity: row.text(5).flatMap(AlertSeverity.init) ?? .critical,
            alertedAt: row.moment(6),
            claimedBy: row.text(8) ?? "",
            sightings: Dictionary(sightings.map { ($0.key, Self.moment($0.value)) }) { $1 },
            ends: ends.map(Self.moment)
        )
        episode.version = row.int(1) ?? 0
        episode.endedAt = row.optionalMoment(3)
        episode.saying = row.text(7).flatMap(NotificationKind.init) ?? .firing
        episode.claimedAt = row.moment(9)
        episode.isTold = row.int(10) != 0
        return episode
    }

    private static func moment(_ value: JSON) -> Timestamp { Timestamp(milliseconds: Int64(value.integer ?? 0)) }
}
