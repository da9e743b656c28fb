// SPDX-License-Identifier: Apache-2.0
import Gateway
import JSON

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

    /// A row whose JSON is written the same way by whichever engine it came from; for comparison alone.
    func canonical(_ row: SQLRow, _ parse: JSONParsing) -> SQLRow {
        guard !documents.isEmpty else { return row }
        return SQLRow(
            zip(columns, row.values).map { column, value in
                guard documents.contains(column), case .text(let text) = value else { return value }
                // What is no JSON is compared as it is.
                return (try? parse(Array(text.utf8))).map { .text($0.sorted.text()) } ?? value
            }
        )
    }
}

extension JSON {
    /// The same with the members of all objects in the order of their names.
    fileprivate var sorted: JSON {
        switch self {
        case .array(let items): .array(items.map(\.sorted))
        case .object(let object):
            .object(JSONObject(object.map { ($0.key, $0.value.sorted) }.sorted { $0.0 < $1.0 }))
        default: self
        }
    }
}
