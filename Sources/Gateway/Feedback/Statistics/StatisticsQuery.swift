// SPDX-License-Identifier: Apache-2.0
package import Basics

/// The length of a bucket, and how long buckets of it are kept.
package enum StatisticsSpan: String, Sendable, Hashable, CaseIterable {
    case minute, hour, day

    package var length: Duration {
        switch self {
        case .minute: .seconds(60)
        case .hour: .seconds(3600)
        case .day: .seconds(86_400)
        }
    }

    package var kept: Duration {
        switch self {
        case .minute: .seconds(2 * 86_400)
        case .hour: .seconds(90 * 86_400)
        case .day: .seconds(3 * 366 * 86_400)
        }
    }

    /// The time that a query without `from` looks back.
    package var usualRange: Duration {
        switch self {
        case .minute: .seconds(3600)
        case .hour: .seconds(86_400)
        case .day: .seconds(30 * 86_400)
        }
    }

    /// The beginning of the bucket of a moment, in UTC.
    package func start(of moment: Timestamp) -> Timestamp {
        let length = self.length.milliseconds
        let rest = ((moment.milliseconds % length) + length) % length
        return Timestamp(milliseconds: moment.milliseconds - rest)
    }
}

/// What figures a reader wants.
package struct StatisticsQuery: Sendable, Hashable {
    package enum Group: String, Sendable, Hashable, CaseIterable {
        case provider, brand, category, list
    }

    package var span: StatisticsSpan
    package var from: Timestamp
    /// Exclusive.
    package var to: Timestamp
    /// Nil for one bucket a span.
    package var group: Group?
    /// Nil for all brands.
    package var brands: Set<String>?

    package init(
        span: StatisticsSpan,
        from: Timestamp,
        to: Timestamp,
        group: Group? = nil,
        brands: Set<String>? = nil
    ) {
        self.span = span
        self.from = from
        self.to = to
        self.group = group
        self.brands = brands
    }
}

package struct StatisticsBucket: Sendable, Hashable {
    package let at: Timestamp
    /// The provider, brand, category or list; empty for mail without one, nil where nothing is grouped.
    package let key: String?
    package let counts: StatisticsCounts

    package init(at: Timestamp, key: String?, counts: StatisticsCounts) {
        (self.at, self.key, self.counts) = (at, key, counts)
    }
}

/// The figures counted from the events of messages: each event once, whatever happens to a gateway.
package protocol StatisticsStore: Sendable {
    /// Counts the events that were stored since the last call; returns when there are no more.
    func count() async throws(StoreError)
    /// The buckets that are not empty, by time and key.
    func buckets(_ query: StatisticsQuery) async throws(StoreError) -> [StatisticsBucket]
    /// Drops the buckets that are older than they are kept.
    func forget(now: Timestamp) async throws(StoreError)
}
