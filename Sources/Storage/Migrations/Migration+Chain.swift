// SPDX-License-Identifier: Apache-2.0
package import SQL

extension Migration {
    /// The schema's history; steps are only appended, never changed.
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
