// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Feedback
import HTTPTypes
import JSON
import Submission

/// Figures of mail by time.
package struct StatisticsAPI: Sendable {
    private let store: any StatisticsStore
    private let clock: Clock

    package init(store: any StatisticsStore, clock: @escaping Clock) {
        (self.store, self.clock) = (store, clock)
    }

    package var endpoints: [Endpoint] {
        [Endpoint(.get, "/v1/statistics", access: .key(.read), answer: statistics)]
    }

    private func statistics(_ call: Call) async throws(Refusal) -> Reply {
        let query = try query(call)
        return try await translating(Refusal.init) { () async throws(StoreError) in
            // Counts what was stored up to now, but for what is committed at this moment.
            try await store.count()
            return .json(["buckets": .array(try await store.buckets(query).map(StatisticsView.bucket))])
        }
    }

    private func query(_ call: Call) throws(Refusal) -> StatisticsQuery {
        var query = Query(call.query, known: ["from", "to", "by", "group"])
        let span = query.word("by", of: StatisticsSpan.self) ?? .hour
        let group = query.word("group", of: StatisticsQuery.Group.self)
        let to = query.moment("to") ?? clock() + .milliseconds(1)
        let from = query.moment("from") ?? to - span.usualRange
        try query.check()
        return StatisticsQuery(span: span, from: from, to: to, group: group, brands: call.principal.brands)
    }
}

/// The API's representation of figures.
enum StatisticsView {
    static func bucket(_ bucket: StatisticsBucket) -> JSON {
        var view = JSONObject([("at", .string(bucket.at.description)), ("key", bucket.key.map(JSON.string) ?? .null)])
        for figure in StatisticsCounts.Figure.allCases { view[figure.rawValue] = .integer(bucket.counts[figure]) }
        let latencies = bucket.counts.latencies
        view["latency_p50"] = latencies.percentile(0.5).map { .integer($0) } ?? .null
        view["latency_p99"] = latencies.percentile(0.99).map { .integer($0) } ?? .null
        return .object(view)
    }
}

extension Query {
    /// One of the words of a fixed set.
    fileprivate mutating func word<Word: RawRepresentable & CaseIterable>(
        _ name: String,
        of type: Word.Type
    ) -> Word? where Word.RawValue == String {
        value(name, "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))") { Word(rawValue: $0) }
    }
}
