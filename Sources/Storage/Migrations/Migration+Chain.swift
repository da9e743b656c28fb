// SPDX-License-Identifier: Apache-2.0

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
