// SPDX-License-Identifier: Apache-2.0

extension Migration {
    /// Outages that somebody was told of, so that all gateways tell each of them once.
    static let alertEpisodes = Migration(5, "alert episodes") { dialect in
        let (text, clustered) = (dialect.plainText, dialect.clustered)
        return [
            """
            CREATE TABLE alert_episodes (
                key \(text) NOT NULL PRIMARY KEY, version BIGINT NOT NULL, since BIGINT NOT NULL, ended_at BIGINT,
                title TEXT NOT NULL, severity TEXT NOT NULL, alerted_at BIGINT NOT NULL, saying TEXT NOT NULL,
                claimed_by TEXT NOT NULL, claimed_at BIGINT NOT NULL, told INTEGER NOT NULL,
                sightings TEXT NOT NULL, ends TEXT NOT NULL)\(clustered)
            """
        ]
    }
}
