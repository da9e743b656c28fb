// SPDX-License-Identifier: Apache-2.0
internal import Basics
package import Feedback
internal import HTTPTypes
import Queue
import Submission

/// The feed of events.
package struct EventsAPI: Sendable {
    /// The longest wait for an event, in seconds.
    private static let longestWait = Int64(30)

    private let watch: EventWatch

    package init(_ watch: EventWatch) {
        self.watch = watch
    }

    package var endpoints: [Endpoint] {
        [Endpoint(.get, "/v1/events", access: .key(.read), answer: page)]
    }

    private func page(_ call: Call) async throws(Refusal) -> Reply {
        var query = Query(call.query, known: ["after", "kinds", "brand", "limit", "wait"])
        let limit = query.limit()
        let position = query.number("after", "a sequence number") ?? 0
        let known = MessageEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        let kinds = query.value("kinds", "a comma list of \(known)", Self.kinds)
        let brand = query.text("brand")
        let waits = "whole seconds up to \(Self.longestWait)"
        let wait = query.number("wait", waits, upTo: Self.longestWait) ?? 0
        try query.check()
        var filter = EventFilter(kinds: kinds, brands: call.principal.brands)
        if let brand { filter.brands = filter.brands.map { $0.intersection([brand]) } ?? [brand] }
        guard filter.brands?.isEmpty != true else { return .json(WebhookView.feed([], after: position)) }
        return try await translating(Refusal.init) { () async throws(StoreError) in
            let page = try await watch.events(
                after: position,
                matching: filter,
                limit: limit,
                waiting: .seconds(wait)
            )
            return .json(WebhookView.feed(page.events, after: position))
        }
    }

    private static func kinds(_ text: String) -> Set<MessageEvent.Kind>? {
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
        let kinds = words.compactMap { MessageEvent.Kind(rawValue: $0) }
        return kinds.count == words.count && !kinds.isEmpty ? Set(kinds) : nil
    }
}
