// SPDX-License-Identifier: Apache-2.0
package import SQL

extension Migration {
    /// The schema's history: append to it, never change it.
    package static let chain: [Migration] = [
        .messages,
        .sideTables,
        .oauthTokens,
        .tokenRenewals,
        .alertEpisodes,
        .passwordReset(6),
        .sharing,
        .watching,
    ]
}
