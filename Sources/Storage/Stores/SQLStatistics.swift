// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Feedback
import Queue
import SQL

/// Figures in SQL, counted from the event log.
///
/// The position in the log moves in the transaction that writes the counts, so each event counts once. Acceptance and
/// hand-over pay nothing for the figures.
package struct SQLStatistics: StatisticsStore {
    private static let batch = 5000
    private static let name = SQLValue.text("statistics")

    let access: SQLAccess
    let log: SQLEventLog

    package func count() async throws(StoreError) {
        var isBehind = true
        while isBehind, !Task.isCancelled {
            let last = try await log.lastSequence()
            isBehind = try await access.alone { (connection) throws(DatabaseError) in
                try connection.execute(StatisticsStatements.addReader, Self.name)
                let reader = StatisticsStatements.reader[connection.dialect]
                guard let first = try connection.record(reader, Self.name)?[EventReaders.sequence], first < last else {
                    return false
                }
                return try connection.count(from: first, to: last, limit: Self.batch) { end throws(DatabaseError) in
                    try connection.execute(StatisticsStatements.move, Self.name, .integer(end))
                }
            }
        }
    }

    package func buckets(_ query: StatisticsQuery) async throws(StoreError) -> [StatisticsBucket] {
        let rows = try await access.records(
            StatisticsStatements.range,
            .text(query.span.rawValue),
            query.span.start(of: query.from).sqlValue,
            query.to.sqlValue
        ) { $0 }
        return try await translating(StoreError.init) { () throws(DatabaseError) in
            var buckets: [StatisticsKey: StatisticsCounts] = [:]
            for row in rows {
                let key = try StatisticsKey(row)
                guard query.brands?.contains(key.brand) ?? true else { continue }
                var counts = StatisticsCounts(
                    text: try row[Statistics.counts],
                    latencies: try row[Statistics.latencies]
                )
                // Acceptance has no provider.
                if query.group == .provider {
                    counts.drop(.accepted)
                    if counts.isEmpty { continue }
                }
                buckets[key.reduced(to: query.group), default: StatisticsCounts()].add(counts)
            }
            return buckets.map { key, counts in
                StatisticsBucket(at: key.at, key: key.value(of: query.group), counts: counts)
            }.sorted { ($0.at, $0.key ?? "") < ($1.at, $1.key ?? "") }
        }
    }

    package func forget(now: Timestamp) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            for span in StatisticsSpan.allCases {
                try connection.execute(
                    "DELETE FROM statistics WHERE span = $1 AND at < $2",
                    .text(span.rawValue),
                    (now - span.kept).sqlValue
                )
            }
        }
    }
}

/// Which mail a row counts, and when.
private struct StatisticsKey: Hashable {
    var span: String
    var at: Timestamp
    var provider = ""
    var brand = ""
    var category = ""
    var list = ""

    init(_ row: Record) throws(DatabaseError) {
        span = try row[Statistics.span]
        at = try row[Statistics.at]
        provider = try row[Statistics.provider].text ?? ""
        brand = try row[Statistics.brand].text ?? ""
        category = try row[Statistics.category].text ?? ""
        list = try row[Statistics.list].text ?? ""
    }

    init(_ span: StatisticsSpan, _ moment: Timestamp) {
        (self.span, at) = (span.rawValue, span.start(of: moment))
    }

    func value(of group: StatisticsQuery.Group?) -> String? {
        switch group {
        case nil: nil
        case .provider: provider
        case .brand: brand
        case .category: category
        case .list: list
        }
    }

    func reduced(to group: StatisticsQuery.Group?) -> StatisticsKey {
        var key = self
        if group != .provider { key.provider = "" }
        if group != .brand { key.brand = "" }
        if group != .category { key.category = "" }
        if group != .list { key.list = "" }
        return key
    }

    var values: [SQLValue] {
        [.text(span), at.sqlValue, .text(provider), .text(brand), .text(category), .text(list)]
    }
}

extension DatabaseConnection {
    /// Counts events behind `first`, up to `last`, and calls `move` with the last one that was counted.
    ///
    /// - Returns: True when there may be more.
    fileprivate func count(
        from first: Int64,
        to last: Int64,
        limit: Int,
        move: (Int64) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> Bool {
        let rows = try records(StatisticsStatements.events, .integer(first), .integer(last), .integer(Int64(limit)))
        let numbers = Set(try rows.map { (row) throws(DatabaseError) in try row[MessageEvents.message] })
        let messages = try self.messages(numbers, StatisticsStatements.messages, from: "messages m")
        var counts: [StatisticsKey: StatisticsCounts] = [:]
        for row in rows {
            guard let figure = try figure(row),
                // The message was dropped before its events were counted.
                let message = messages[try row[MessageEvents.message]]
            else { continue }
            let at = try row[MessageEvents.at]
            let current = try message[Messages.provider]
            let provider = try row[MessageEvents.provider] ?? current ?? ""
            let latency = figure == .sent ? at - (try message[Messages.createdAt]) : nil
            for span in StatisticsSpan.allCases {
                var key = StatisticsKey(span, at)
                key.provider = figure == .accepted ? "" : provider
                key.brand = try message[Messages.brand]
                key.category = try message[Messages.category].text ?? ""
                key.list = try message[Messages.list] ?? ""
                counts[key, default: StatisticsCounts()].add(figure, latency: latency)
            }
        }
        for (key, counts) in counts { try add(counts, to: key) }
        let isWhole = rows.count < limit
        try move(isWhole ? last : try rows.last?[MessageEvents.sequence] ?? last)
        return !isWhole
    }

    private func figure(_ row: Record) throws(DatabaseError) -> StatisticsCounts.Figure? {
        let figure = StatisticsCounts.Figure(try row[MessageEvents.kind])
        // Some of its recipients were given up; others got it.
        let isSent = try row[MessageEvents.state] == MessageState.sent.rawValue
        return figure == .failed && isSent ? .sent : figure
    }

    private func add(_ counts: StatisticsCounts, to key: StatisticsKey) throws(DatabaseError) {
        var total = counts
        if let row = try records(StatisticsStatements.one, key.values).first {
            total.add(
                StatisticsCounts(text: try row[Statistics.counts], latencies: try row[Statistics.latencies])
            )
        }
        try post(StatisticsStatements.put, key.values + [.text(total.text), .text(total.latencies.text)])
    }
}

private enum StatisticsStatements {
    static let addReader = "INSERT INTO event_readers (name, sequence) VALUES ($1, 0) ON CONFLICT DO NOTHING"
    static let move = "UPDATE event_readers SET sequence = $2 WHERE name = $1"

    /// One gateway counts at a time.
    static let reader = PerDialect { dialect in
        Query(Selection(EventReaders.table, [EventReaders.sequence])) {
            "SELECT \($0) FROM event_readers WHERE name = $1\(dialect.skipLocked)"
        }
    }

    static let events = Query(
        Selection(
            MessageEvents.table,
            [
                MessageEvents.message, MessageEvents.at, MessageEvents.kind, MessageEvents.provider,
                MessageEvents.sequence, MessageEvents.state,
            ]
        )
    ) {
        """
        SELECT \($0) FROM message_events WHERE sequence > $1 AND sequence <= $2 AND is_repeat IS NULL
            AND kind IN ('accepted', 'sent', 'delivered', 'bounced', 'complained', 'failed', 'opened', 'clicked')
        ORDER BY sequence LIMIT $3
        """
    }

    static let messages = Selection(
        Messages.table,
        [Messages.seq, Messages.brand, Messages.category, Messages.list, Messages.provider, Messages.createdAt],
        as: "m"
    )

    private static let row = Selection(
        Statistics.table,
        [
            Statistics.span, Statistics.at, Statistics.provider, Statistics.brand, Statistics.category,
            Statistics.list, Statistics.counts, Statistics.latencies,
        ]
    )

    static let one = Query(row) {
        """
        SELECT \($0) FROM statistics WHERE span = $1 AND at = $2 AND provider = $3 AND brand = $4 AND category = $5
            AND list = $6
        """
    }

    static let put = """
        INSERT INTO statistics (span, at, provider, brand, category, list, counts, latencies)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (span, at, provider, brand, category, list)
        DO UPDATE SET counts = excluded.counts, latencies = excluded.latencies
        """

    static let range = Query(row) { "SELECT \($0) FROM statistics WHERE span = $1 AND at >= $2 AND at < $3" }
}
