// SPDX-License-Identifier: Apache-2.0
import JSON
import Queue
import SQL

extension Table {
    /// The next rows by key: `$1` of them, behind the key in `$2` and on, or from the beginning.
    func page(behind isBehind: Bool, _ dialect: SQLDialect) -> String {
        "SELECT \(list(dialect)) FROM \(name)\(range(isBehind))"
    }

    /// Reads the size in bytes of the large columns of those rows.
    func sizes(behind isBehind: Bool, _ dialect: SQLDialect) -> String {
        let sizes = large.map { "COALESCE(\(dialect.octets($0)), 0)" }.joined(separator: " + ")
        return "SELECT \(sizes) FROM \(name)\(range(isBehind))"
    }

    /// Inserts `count` rows, except those that violate a unique key.
    func insertion(of count: Int, _ dialect: SQLDialect) -> String {
        let tuples = Self.tuples(count, columns.count) { column, parameter in
            let name = columns[column]
            return moments.contains(name)
                ? dialect.moment(parameter) : documents.contains(name) ? dialect.json(parameter) : parameter
        }
        return "INSERT INTO \(name) (\(columns.joined(separator: ", "))) VALUES \(tuples) ON CONFLICT DO NOTHING"
    }

    /// Reads the rows with `count` keys.
    func lookUp(of count: Int, _ dialect: SQLDialect) -> String { lookUp(key, of: count, dialect) }

    /// Reads the rows in which `named` have one of `count` values.
    func lookUp(_ named: [String], of count: Int, _ dialect: SQLDialect) -> String {
        let left = named.count == 1 ? named[0] : "(\(named.joined(separator: ", ")))"
        let tuples = Self.tuples(count, named.count) { $1 }
        return "SELECT \(list(dialect)) FROM \(name) WHERE \(left) IN (VALUES \(tuples))"
    }

    private func list(_ dialect: SQLDialect) -> String {
        columns.map { moments.contains($0) ? dialect.milliseconds($0) : $0 }.joined(separator: ", ")
    }

    private func range(_ isBehind: Bool) -> String {
        let order = key.joined(separator: ", ")
        let parameters = key.indices.map { "$\($0 + 2)" }.joined(separator: ", ")
        let condition = isBehind ? " WHERE (\(order)) > (\(parameters))" : ""
        return "\(condition) ORDER BY \(order) LIMIT $1"
    }

    /// Placeholders such as `($1, $2), ($3, $4)`.
    private static func tuples(
        _ count: Int,
        _ width: Int,
        _ place: (_ column: Int, _ parameter: String) -> String
    ) -> String {
        (0..<count).map { row in
            "(" + (0..<width).map { place($0, "$\(row * width + $0 + 1)") }.joined(separator: ", ") + ")"
        }.joined(separator: ", ")
    }
}

extension Table {
    /// A row as it is stored in the target.
    ///
    /// No gateway of the source has a lease there: a leased message waits again and is due, as after a gateway's
    /// death. The result depends on the row only, so that a second copy finds what the first one wrote.
    func arrived(_ row: SQLRow) -> SQLRow {
        guard self == Messages.table, value(Messages.lease.name, of: row) != .null else { return row }
        let isScheduled = value(Messages.state.name, of: row) == MessageState.scheduled.sqlValue
        let due = value(Messages.due.name, of: row)
        return SQLRow(
            zip(columns, row.values).map { column, value in
                switch column {
                case Messages.lease.name: .null
                case Messages.claimAt.name: due
                case Messages.state.name: isScheduled ? value : MessageState.queued.sqlValue
                default: value
                }
            }
        )
    }

    /// A row with its JSON in a canonical form, independent of the engine; for comparison only.
    func canonical(_ row: SQLRow, _ parse: JSONParsing) -> SQLRow {
        guard !documents.isEmpty else { return row }
        return SQLRow(
            zip(columns, row.values).map { column, value in
                guard documents.contains(column), case .text(let text) = value else { return value }
                // A value that is not JSON is compared unchanged.
                return (try? parse(Array(text.utf8))).map { .text($0.sorted.text()) } ?? value
            }
        )
    }
}

extension JSON {
    /// The same value with the members of all objects sorted by name.
    fileprivate var sorted: JSON {
        switch self {
        case .array(let items): .array(items.map(\.sorted))
        case .object(let object):
            .object(JSONObject(object.map { ($0.key, $0.value.sorted) }.sorted { $0.0 < $1.0 }))
        default: self
        }
    }
}
