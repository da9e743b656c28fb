// SPDX-License-Identifier: Apache-2.0
import Gateway

extension CopiedTable {
    /// The next rows by key: `$1` of them, behind the key in `$2` and on, or from the beginning.
    func page(behind isBehind: Bool) -> String {
        "SELECT \(columns.joined(separator: ", ")) FROM \(name)\(range(isBehind))"
    }

    /// How many bytes the large columns of those rows hold.
    func sizes(behind isBehind: Bool, _ dialect: SQLDialect) -> String {
        let sizes = large.map { "COALESCE(\(dialect.octets($0)), 0)" }.joined(separator: " + ")
        return "SELECT \(sizes) FROM \(name)\(range(isBehind))"
    }

    /// Adds so many rows, but for those that break a unique key.
    func insertion(of count: Int) -> String {
        let list = columns.joined(separator: ", ")
        return "INSERT INTO \(name) (\(list)) VALUES \(Self.tuples(count, columns.count)) ON CONFLICT DO NOTHING"
    }

    /// The rows under so many keys.
    func lookUp(of count: Int) -> String { lookUp(key, of: count) }

    /// The rows in which `named` have one of so many values.
    func lookUp(_ named: [String], of count: Int) -> String {
        let left = named.count == 1 ? named[0] : "(\(named.joined(separator: ", ")))"
        let list = columns.joined(separator: ", ")
        return "SELECT \(list) FROM \(name) WHERE \(left) IN (VALUES \(Self.tuples(count, named.count)))"
    }

    private func range(_ isBehind: Bool) -> String {
        let order = key.joined(separator: ", ")
        let parameters = key.indices.map { "$\($0 + 2)" }.joined(separator: ", ")
        let condition = isBehind ? " WHERE (\(order)) > (\(parameters))" : ""
        return "\(condition) ORDER BY \(order) LIMIT $1"
    }

    /// Placeholders such as `($1, $2), ($3, $4)`.
    private static func tuples(_ count: Int, _ width: Int) -> String {
        (0..<count).map { row in
            "(" + (0..<width).map { "$\(row * width + $0 + 1)" }.joined(separator: ", ") + ")"
        }.joined(separator: ", ")
    }
}
