// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
package import Monitoring
import Queue
import SQL
import Submission

extension SQLStores {
    /// Stored words that this version does not know, with their effect; one line for each kind.
    ///
    /// `alerts` has the alerts of this gateway. A value that cannot be read prevents mail and is never taken for a permission.
    package func unknownWords(alerts: AlertCatalog) async throws(StoreError) -> [String] {
        let access = messages.access
        var lines: [String] = []
        let reasons = try await access.records(UnknownWords.reasons) { (row) throws(DatabaseError) in
            (try row[Suppressions.reason], try row[UnknownWords.count])
        }
        for case (.other(let word), let count) in reasons {
            lines.append(
                "\(count) suppressions have the reason `\(word)`, which this version does not know: their addresses get no mail at all"
            )
        }
        let scopes = try await access.records(UnknownWords.scopes) { (row) throws(DatabaseError) in
            (try row[APIKeys.name], try access.json(row, APIKeys.scopes).array ?? [])
        }
        for (name, words) in scopes {
            for word in words.compactMap(\.string) where APIKey.Scope(rawValue: word) == nil {
                lines.append(
                    "the API key \(name) has the scope `\(word)`, which this version does not know: it allows nothing"
                )
            }
        }
        let keys = try await access.records(UnknownWords.alerts) { (row) throws(DatabaseError) in
            try row[AlertEpisodes.key]
        }
        for key in keys where !(AlertKey(key).map { alerts.knows($0.name) } ?? false) {
            lines.append("trouble that this version does not know was reported: \(key)")
        }
        for priority in try await messages.unknownLanes() {
            lines.append("mail waits in the lane \(priority), which this version does not know: it is not sent")
        }
        return lines
    }
}

private enum UnknownWords {
    static let count = Column<Int>("count")

    static let reasons = Query(Selection(Suppressions.table, [Suppressions.reason, count.from("count(*)")])) {
        "SELECT \($0) FROM suppressions GROUP BY reason ORDER BY reason"
    }

    static let scopes = Query(Selection(APIKeys.table, [APIKeys.id, APIKeys.name, APIKeys.scopes])) {
        "SELECT \($0) FROM api_keys WHERE revoked_at IS NULL ORDER BY name"
    }

    static let alerts = Query(Selection(AlertEpisodes.table, [AlertEpisodes.key])) {
        "SELECT \($0) FROM alert_episodes WHERE ended_at IS NULL ORDER BY key"
    }
}
