// SPDX-License-Identifier: Apache-2.0
package import SQL

/// Checks whether an up-to-date schema still is as the steps made it.
package enum SchemaCheck {
    /// Tables and columns that were dropped or renamed: `table` or `table.column`, sorted; empty when nothing is
    /// missing.
    ///
    /// What was added, such as an index or a column with a default, does no harm and is not reported.
    package static func missing(_ schema: StoreSchema, in database: any Database) async throws(SchemaError)
        -> [String]
    {
        let rows: [SQLRow]
        do throws(DatabaseError) {
            rows = try await database.run(columns(database.dialect), [])
        } catch {
            throw .database(error)
        }
        let found = Dictionary(grouping: rows) { $0.text(0) ?? "" }.mapValues { Set($0.compactMap { $0.text(1) }) }
        var missing: [String] = []
        let others = Table.leftOut(database.dialect).map { ($0, [String]()) }
        for table in schema.tables.map({ ($0.name, $0.columns) }) + others {
            guard let columns = found[table.0] else {
                missing.append(table.0)
                continue
            }
            missing += table.1.filter { !columns.contains($0) }.map { "\(table.0).\($0)" }
        }
        return missing.sorted()
    }

    /// What the role may not do and a gateway does, such as `INSERT on messages`, sorted.
    package static func forbidden(_ schema: StoreSchema, in database: any Database) async throws(SchemaError)
        -> [String]
    {
        guard database.dialect == .postgres else { return [] }
        let tables =
            schema.tables.map(\.name) + [
                "gateways", "token_renewals", "provider_probes", "provider_reports", "messages_open",
                "messages_done_rest",
            ]
        let names = tables.map { "('\($0)')" }.joined(separator: ", ")
        do throws(DatabaseError) {
            return try await database.run(
                """
                SELECT verb || ' on ' || name FROM (VALUES \(names)) AS tables (name),
                    (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS verbs (verb)
                WHERE NOT has_table_privilege(CAST(name AS regclass), verb)
                UNION ALL
                SELECT verb || ' on ' || name FROM (VALUES
                    ('message_numbers', 'USAGE'), ('announcements', 'USAGE'), ('event_numbers', 'USAGE'),
                    ('event_numbers', 'SELECT')) AS sequences (name, verb)
                WHERE NOT has_sequence_privilege(CAST(name AS regclass), verb)
                ORDER BY 1
                """,
                []
            ).compactMap { $0.text(0) }
        } catch {
            throw .database(error)
        }
    }

    /// All columns of all tables of the store's schema.
    package static func columns(_ dialect: SQLDialect) -> String {
        switch dialect {
        case .sqlite:
            """
            SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
            WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
            """
        case .postgres:
            """
            SELECT CAST(r.relname AS TEXT), CAST(a.attname AS TEXT) FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid
            WHERE r.relnamespace = CAST(current_schema() AS regnamespace) AND r.relkind IN ('r', 'p')
                AND NOT r.relispartition AND a.attnum > 0 AND NOT a.attisdropped
            """
        }
    }
}
