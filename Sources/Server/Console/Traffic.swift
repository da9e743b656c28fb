// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Feedback

/// Which traffic the overview shows.
struct TrafficQuery: Sendable, Hashable {
    enum Span: String, Sendable, Hashable, CaseIterable {
        case hour, day, week

        var bucket: StatisticsSpan { self == .hour ? .minute : .hour }

        var count: Int {
            switch self {
            case .hour: 60
            case .day: 24
            case .week: 7 * 24
            }
        }
    }

    let span: Span
    let now: Timestamp
    /// Nil for all brands.
    let brands: Set<String>?

    /// The beginnings of the buckets, the current one last.
    var starts: [Timestamp] {
        let last = span.bucket.start(of: now)
        return (0..<span.count).reversed().map { last - span.bucket.length * $0 }
    }

    /// Whole buckets, so that pages that ask within one can share the answer.
    var statistics: StatisticsQuery {
        let last = span.bucket.start(of: now)
        let from = last - span.bucket.length * (span.count - 1)
        return StatisticsQuery(span: span.bucket, from: from, to: last + span.bucket.length, brands: brands)
    }
}

/// What happened to mail in one span of time.
struct TrafficBucket: Sendable, Hashable {
    let at: Timestamp
    var accepted = 0
    var sent = 0
    var delivered = 0
    var bounced = 0
    var failed = 0

    init(at: Timestamp) { self.at = at }
}

extension TrafficQuery {
    /// A bucket for every span, with those that were counted.
    func buckets(_ counted: [StatisticsBucket]) -> [TrafficBucket] {
        let known = Dictionary(counted.map { ($0.at, $0.counts) }) { first, _ in first }
        return starts.map { start in
            var bucket = TrafficBucket(at: start)
            guard let counts = known[start] else { return bucket }
            (bucket.accepted, bucket.sent, bucket.failed) = (counts[.accepted], counts[.sent], counts[.failed])
            (bucket.delivered, bucket.bounced) = (counts[.delivered], counts[.bounced])
            return bucket
        }
    }
}

extension ConsoleAPI {
    /// Nil when traffic is not counted, or the store does not answer.
    func traffic(_ query: TrafficQuery, _ visit: ConsoleCall) async -> [TrafficBucket]? {
        guard let store = services.stores.statistics else { return nil }
        let statistics = query.statistics
        let counted = await figures.value(statistics, event: visit.event) {
            // The overview says in another place that the store does not answer.
            try? await store.buckets(statistics)
        }
        return counted.map(query.buckets)
    }
}
