// SPDX-License-Identifier: Apache-2.0
import SQL

extension Migration {
    /// Suppressions for one list, with the event that made them and their end.
    ///
    /// `list` is empty for all mail, which is what earlier rows are.
    static let suppressions = Migration(10, "suppressions by list") { dialect in
        switch dialect {
        // SQLite cannot change a primary key, so it copies the rows into a new table.
        case .sqlite:
            [
                """
                CREATE TABLE suppressions_by_list (
                    address TEXT NOT NULL, list TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL,
                    created_at BIGINT NOT NULL, expires_at BIGINT, source_event TEXT, source_provider TEXT,
                    source_message TEXT, PRIMARY KEY (address, list)) WITHOUT ROWID
                """,
                """
                INSERT INTO suppressions_by_list (address, reason, created_at)
                SELECT address, reason, created_at FROM suppressions
                """,
                "DROP TABLE suppressions",
                "ALTER TABLE suppressions_by_list RENAME TO suppressions",
            ]
        case .postgres:
            [
                """
                ALTER TABLE suppressions
                    ADD COLUMN list TEXT COLLATE "C" NOT NULL DEFAULT '', ADD COLUMN expires_at BIGINT,
                    ADD COLUMN source_event TEXT, ADD COLUMN source_provider TEXT, ADD COLUMN source_message TEXT,
                    DROP CONSTRAINT suppressions_pkey, ADD PRIMARY KEY (address, list)
                """
            ]
        }
    }
}
