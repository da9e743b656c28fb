// SPDX-License-Identifier: Apache-2.0
package import SQL

extension Migration {
    /// The history of the core's schema: append to it, never change it.
    ///
    /// Numbers that it leaves out belong to features.
    static let chain: [Migration] = [
        .messages,
        .sideTables,
        .oauthTokens,
        .tokenRenewals,
        .alertEpisodes,
        .sharing,
        .watching,
        .feedback,
        .suppressions,
        .webhooks,
        .console,
    ]
}

extension StoreSchema {
    /// What the stores of the core need; a store has the schemas of all features too.
    package static let core = StoreSchema(migrations: Migration.chain, tables: Table.all)
}
