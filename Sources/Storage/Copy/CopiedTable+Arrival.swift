// SPDX-License-Identifier: Apache-2.0
import Gateway

extension CopiedTable {
    /// A row as it is stored in the target.
    ///
    /// No gateway of the source holds anything there: a leased message waits again and is due, as after a gateway's death. The
    /// outcome depends on the row alone, so that a second copy finds what the first one wrote.
    func arrived(_ row: SQLRow) -> SQLRow {
        guard self == .messages, value("lease", of: row) != .null else { return row }
        let isScheduled = value("state", of: row) == "scheduled"
        let due = value("due_at", of: row)
        return SQLRow(
            zip(columns, row.values).map { column, value in
                switch column {
                case "lease": .null
                case "claim_at": due
                case "state": isScheduled ? value : "queued"
                default: value
                }
            }
        )
    }
}
