// SPDX-License-Identifier: Apache-2.0
import Gateway

extension CopiedTable {
    /// The next rows by key: `$1` of them, behind the key in `$2` and on, or from the beginning.
    func page(behind isBehind: Bool, _ dialect: SQLDialect) -> String {
        "SELECT \(list(dialect)) FROM \(name)\(range(isBehind))"
    }

    /// How many bytes the large columns of those rows hold.
    func sizes(behind isBehind: Bool, _ dialect: SQLDialect) -> String {
        let sizes = large.map { "COALESCE(\(dialect.octets($0)), 0)" }.joined(separator: " + ")
        return "SELECT \(sizes) FROM \(name)\(range(isBehind))"
    }

    /// Adds so many rows, but for those that break a unique key.
    func insertion(of count: Int, _ dialect: SQLDialect) -> String {
        let tuples = Self.tuples(count, columns.count) { column, parameter in
            let name = columns[column]
            return moments.contains(name)
                ? dialect.moment(parameter) : documents.contains(name) ? dialect.json(parameter) : parameter
        }
        return "INSERT INTO \(name) (\(columns.joined(separator: ", "))) VALUES \(tuples) ON CONFLICT DO NOTHING"
    }

    /// The rows under so many keys.
    func lookUp(of count: Int, _ dialect: SQLDialect) -> String { lookUp(key, of: count, dialect) }

    /// The rows in which `named` have one of so many values.
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
