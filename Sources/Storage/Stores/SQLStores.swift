// SPDX-License-Identifier: Apache-2.0
package import SQL

/// All stores over one database, written once for SQLite and PostgreSQL.
package struct SQLStores: Sendable {
    package let messages: SQLMessages
    package let suppressions: SQLSuppressions
    package let keys: SQLKeys
    package let controls: SQLControls
    package let idempotency: SQLIdempotency
    package let tokens: SQLTokens
    package let episodes: SQLAlerts
    package let cluster: SQLCluster
    package let reports: SQLReports
    package let events: SQLEventLog
    package let feedback: SQLFeedback
    package let statistics: SQLStatistics
    package let webhooks: SQLWebhooks
    package let consoleLinks: SQLConsoleLinks
    /// For features on top of the gateway, which bring their own statements.
    package let features: SharedCommitDatabase

    /// - Parameters:
    ///   - database: One whose schema is up to date.
    ///   - commits: Over the same database.
    ///   - usesServerClock: Whether leases use the server's clock where it has one of its own.
    ///   - parse: Parses the JSON that the stores themselves have written.
    package init(
        database: any Database,
        commits: SharedCommits,
        usesServerClock: Bool = false,
        parse: @escaping JSONParsing
    ) {
        let access = SQLAccess(
            database: database,
            commits: commits,
            parse: parse,
            usesServerClock: usesServerClock
        )
        messages = SQLMessages(access: access)
        suppressions = SQLSuppressions(access: access)
        keys = SQLKeys(access: access)
        controls = SQLControls(access: access)
        idempotency = SQLIdempotency(access: access)
        tokens = SQLTokens(access: access)
        episodes = SQLAlerts(access: access)
        cluster = SQLCluster(access: access)
        reports = SQLReports(access: access)
        events = SQLEventLog(access: access)
        feedback = SQLFeedback(access: access)
        statistics = SQLStatistics(access: access, log: events)
        webhooks = SQLWebhooks(access: access)
        consoleLinks = SQLConsoleLinks(access: access)
        features = SharedCommitDatabase(database, commits)
    }
}
