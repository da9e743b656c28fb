// SPDX-License-Identifier: Apache-2.0

/// The steps that make a store's schema, and the tables that they leave.
///
/// Each part of the gateway declares its own: the stores of the core, and every feature on top. A store has the steps of all of them,
/// whatever is switched on, so that their numbers have no gap.
package struct StoreSchema: Sendable {
    /// By number.
    package let migrations: [Migration]
    /// In the order in which a copy moves them.
    package let tables: [Table]

    package init(migrations: [Migration], tables: [Table]) {
        self.migrations = migrations.sorted { $0.number < $1.number }
        self.tables = tables
    }

    /// The schema with what a feature adds.
    ///
    /// A copy moves the feature's tables first, because the messages come last.
    package func adding(_ feature: StoreSchema) -> StoreSchema {
        StoreSchema(migrations: migrations + feature.migrations, tables: feature.tables + tables)
    }
}
