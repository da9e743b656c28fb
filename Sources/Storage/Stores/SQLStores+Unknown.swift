// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
import Monitoring
import Queue
import SQL
import Submission

extension SQLStores {
    /// Stored words that this version does not know, with their effect; one line for each kind.
    ///
    /// A value that cannot be read prevents mail and is never taken for a permission.
    package func unknownWords() async throws(StoreError) -> [String] {
        let access = messages.access
        var lines: [String] = []
        let reasons = try await access.rows("SELECT reason, count(*) FROM suppressions GROUP BY reason ORDER BY reason")
        for row in reasons where Suppression.Reason(rawValue: row.text(0) ?? "") == nil {
            lines.append(
                "\(row.int(1) ?? 0) suppressions have the reason `\(row.text(0) ?? "")`, which this version does not know: their "
                    + "addresses get no mail at all"
            )
        }
        for row in try await access.rows("SELECT name, scopes FROM api_keys WHERE revoked_at IS NULL ORDER BY name") {
            let words = try access.json(row.text(1) ?? "[]", "API key \(row.text(0) ?? "")").array ?? []
            for word in words.compactMap(\.string) where APIKey.Scope(rawValue: word) == nil {
                lines.append(
                    "the API key \(row.text(0) ?? "") has the scope `\(word)`, which this version does not know: it allows nothing"
                )
            }
        }
        for row in try await access.rows("SELECT key FROM alert_episodes WHERE ended_at IS NULL ORDER BY key")
        where AlertKey(row.text(0) ?? "") == nil {
            lines.append("trouble that this version does not know was reported: \(row.text(0) ?? "")")
        }
        for priority in try await messages.unknownLanes() {
            lines.append("mail waits in the lane \(priority), which this version does not know: it is not sent")
        }
        return lines
    }
}
