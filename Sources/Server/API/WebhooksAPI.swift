// SPDX-License-Identifier: Apache-2.0
internal import Basics
package import Feedback
internal import HTTPTypes
internal import JSON
import Submission

/// Endpoints for the receivers of events.
package struct WebhooksAPI: Sendable {
    private let desk: WebhookDesk
    private let endpoint: @Sendable (_ name: String) -> WebhookEndpoint?
    private let all: @Sendable () -> [WebhookEndpoint]
    private let onChange: @Sendable () -> Void

    /// `endpoints` returns those of the settings; `onChange` is called after a decision was stored.
    package init(
        desk: WebhookDesk,
        endpoints: @escaping @Sendable () -> [WebhookEndpoint],
        onChange: @escaping @Sendable () -> Void
    ) {
        self.desk = desk
        self.onChange = onChange
        all = endpoints
        endpoint = { name in endpoints().first { $0.name == name } }
    }

    package var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/webhooks", access: .key(.read), answer: list),
            Endpoint(.get, "/v1/webhooks/{name}/deliveries", access: .key(.read), answer: deliveries),
            Endpoint(.post, "/v1/webhooks/{name}/test", access: .key(.manage), answer: test),
            Endpoint(
                .post,
                "/v1/webhooks/{name}/replay",
                access: .key(.manage),
                body: .json(limit: 64 * 1024),
                answer: replay
            ),
            Endpoint(.post, "/v1/webhooks/{name}/enable", access: .key(.manage), answer: enable),
        ]
    }

    private func list(_ call: Call) async throws(Refusal) -> Reply {
        try Query(call.query, known: []).check()
        let visible = all().filter { $0.concerns(only: call.principal.brands) }
        return try await translating(Refusal.init) { () async throws(StoreError) in
            .json(WebhookView.endpoints(try await desk.statuses(visible)))
        }
    }

    private func deliveries(_ call: Call) async throws(Refusal) -> Reply {
        let name = try find(call).name
        var query = Query(call.query, known: ["after", "limit", "state"])
        let limit = query.limit()
        let after = query.number("after", "the `next` of the page before")
        let words = WebhookDelivery.State.allCases.map(\.rawValue).joined(separator: ", ")
        let state = query.value("state", "one of \(words)") { WebhookDelivery.State(rawValue: $0) }
        try query.check()
        return try await translating(Refusal.init) { () async throws(StoreError) in
            .json(WebhookView.page(try await desk.deliveries(of: name, after: after, state: state, limit: limit)))
        }
    }

    private func test(_ call: Call) async throws(Refusal) -> Reply {
        .json(WebhookView.test(await desk.test(try find(call))))
    }

    private func replay(_ call: Call) async throws(Refusal) -> Reply {
        let name = try find(call).name
        let since = try Self.since(try call.json())
        try await translating(Refusal.init) { () async throws(StoreError) in
            try await desk.replay(name, since: since)
        }
        onChange()
        return .json(["name": .string(name), "since": .string(since.description)], status: 202)
    }

    private func enable(_ call: Call) async throws(Refusal) -> Reply {
        let endpoint = try find(call)
        let statuses = try await translating(Refusal.init) { () async throws(StoreError) in
            try await desk.enable(endpoint.name)
            return try await desk.statuses([endpoint])
        }
        onChange()
        return .json(statuses.first.map(WebhookView.endpoint) ?? .null)
    }

    /// The endpoint in the path, if the caller may see all of its events.
    private func find(_ call: Call) throws(Refusal) -> WebhookEndpoint {
        guard let found = endpoint(call.parameter("name")), found.concerns(only: call.principal.brands) else {
            throw Refusal(.notFound("There is no such webhook in the settings."))
        }
        return found
    }

    private static func since(_ body: JSON) throws(Refusal) -> Timestamp {
        guard case .object(let fields) = body else {
            throw Refusal(.invalidRequest([Problem.Fault(.root, "expected an object, found \(body.typeName)")]))
        }
        var faults = fields.keys.filter { $0 != "since" }.map { (name: $0, detail: "is no field of a replay") }
        let since = fields["since"]?.string.flatMap { Timestamp($0) }
        if since == nil { faults.append(("since", "expected a time such as 2026-11-20T17:33:27Z (RFC 3339)")) }
        guard let since, faults.isEmpty else { throw Refusal(.invalidParameters(faults)) }
        return since
    }
}
