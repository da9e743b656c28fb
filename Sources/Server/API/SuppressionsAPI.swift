// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import HTTPTypes
internal import JSON
import Mail
package import Queue
import Submission

/// Endpoints for the suppression list.
package struct SuppressionsAPI: Sendable {
    private let store: any SuppressionStore
    private let clock: Clock
    private let onAddition: @Sendable () -> Void

    /// `onAddition` is called after an address was added and before the caller gets the response.
    package init(
        store: any SuppressionStore,
        clock: @escaping Clock,
        onAddition: @escaping @Sendable () -> Void = {}
    ) {
        self.store = store
        self.clock = clock
        self.onAddition = onAddition
    }

    package var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/suppressions", access: .key(.read), answer: list),
            Endpoint(.get, "/v1/suppressions/{address}", access: .key(.read), answer: find),
            Endpoint(
                .put,
                "/v1/suppressions/{address}",
                access: .key(.manage),
                body: .json(limit: 64 * 1024),
                answer: put
            ),
            Endpoint(.delete, "/v1/suppressions/{address}", access: .key(.manage), answer: delete),
        ]
    }

    private func list(_ call: Call) async throws(Refusal) -> Reply {
        var query = Query(call.query, known: ["after", "limit"])
        let (limit, after) = (query.limit(), query.text("after", maximum: 512))
        try query.check()
        return try await translating(Refusal.init) { () async throws(StoreError) in
            let page = try await store.list(after: after.map { .init($0) }, limit: limit, now: clock())
            return .json(SuppressionView.page(page, limit: limit))
        }
    }

    private func find(_ call: Call) async throws(Refusal) -> Reply {
        let (address, list) = try Self.entry(call)
        let found = try await translating(Refusal.init) { () async throws(StoreError) in
            try await store.find([address], list: list, now: clock()).first { $0.list == list }
        }
        guard let found else { throw Refusal(Self.notFound(list)) }
        return .json(SuppressionView.suppression(found))
    }

    private func put(_ call: Call) async throws(Refusal) -> Reply {
        let body = try call.json()
        let (address, list) = try Self.entry(call)
        let suppression = Suppression(
            address: address,
            list: list,
            reason: try Self.reason(body),
            createdAt: clock()
        )
        do throws(StoreError) {
            try await store.put(suppression)
            onAddition()
        } catch {
            throw Refusal(error)
        }
        return .json(SuppressionView.suppression(suppression))
    }

    private func delete(_ call: Call) async throws(Refusal) -> Reply {
        let (address, list) = try Self.entry(call)
        let wasListed = try await translating(Refusal.init) { () async throws(StoreError) in
            try await store.delete(address, list: list)
        }
        guard wasListed else { throw Refusal(Self.notFound(list)) }
        return Reply(status: 204)
    }

    private static func notFound(_ list: String?) -> Problem {
        .notFound(
            list.map { "The address is not suppressed for the list \($0)." }
                ?? "The address is not suppressed for all mail; `?list=` names the entry of one list."
        )
    }

    /// The entry that a call is about: its address, and its list or all mail.
    private static func entry(_ call: Call) throws(Refusal) -> (address: EmailAddress, list: String?) {
        var query = Query(call.query, known: ["list"])
        let list = query.value("list", "one word of 1 to 64 letters, digits, `-`, `_` and `.`") { text in
            LabelRules.fault(ofWord: text) == nil ? text : nil
        }
        try query.check()
        do throws(FieldError) {
            return (try EmailAddress(parsing: call.parameter("address")), list)
        } catch {
            throw Refusal(.invalidParameters([("address", error.description)]))
        }
    }

    private static func reason(_ body: JSON) throws(Refusal) -> Suppression.Reason {
        guard case .object(let fields) = body else {
            throw Refusal(.invalidRequest([Problem.Fault(.root, "expected an object, found \(body.typeName)")]))
        }
        var faults = fields.keys.filter { $0 != "reason" }.map { (name: $0, detail: "is no field of a suppression") }
        let reason = fields["reason"]?.string.flatMap { Suppression.Reason(rawValue: $0) }
        if reason == nil {
            let words = Suppression.Reason.allCases.map(\.rawValue).joined(separator: ", ")
            faults.append(("reason", "expected one of \(words)"))
        }
        guard let reason, faults.isEmpty else { throw Refusal(.invalidParameters(faults)) }
        return reason
    }
}
