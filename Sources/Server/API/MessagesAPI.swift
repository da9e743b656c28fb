// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import HTTPTypes
package import Monitoring
package import Queue
package import Submission

/// Endpoints that send mail and report its state.
package struct MessagesAPI: Sendable {
    /// The longest wait for `Prefer: wait`, in seconds.
    private static let longestWait = 30

    let acceptance: MessageSubmission
    let archive: any MessageStore
    let dispatching: any Dispatching
    let metrics: Metrics
    let clock: Clock
    private let search: MessageSearch

    /// `search` lists the stored messages.
    package init(
        acceptance: MessageSubmission,
        archive: any MessageStore,
        search: MessageSearch,
        dispatching: any Dispatching,
        metrics: Metrics,
        clock: @escaping Clock
    ) {
        self.acceptance = acceptance
        self.archive = archive
        self.search = search
        self.dispatching = dispatching
        self.metrics = metrics
        self.clock = clock
    }

    package var endpoints: [Endpoint] {
        [
            Endpoint(.post, "/v1/messages", access: .key(.send), body: .json, answer: send),
            Endpoint(.post, "/v1/messages/batch", access: .key(.send), body: .json, answer: sendBatch),
            Endpoint(.get, "/v1/messages", access: .key(.read), answer: list),
            Endpoint(.get, "/v1/messages/{id}", access: .key(.read), answer: show),
            Endpoint(.get, "/v1/messages/{id}/explain", access: .key(.read), answer: explain),
            Endpoint(.post, "/v1/messages/{id}/cancel", access: .key(.manage), answer: cancel),
            Endpoint(.post, "/v1/messages/{id}/retry", access: .key(.manage), answer: retry),
        ]
    }

    private func send(_ call: Call) async throws(Refusal) -> Reply {
        let (body, replay) = (try call.json(), try Self.replayKey(call))
        let wait = Self.wait(call.fields[.prefer])
        do throws(Problem) {
            let answer = try await acceptance.accept(
                body,
                from: call.principal,
                replay: replay,
                wait: wait.map { .seconds($0) }
            )
            var reply = reply(answer)
            if let wait, answer.status == 200, !answer.isReplayed { reply.fields[.preferenceApplied] = "wait=\(wait)" }
            return reply
        } catch {
            throw Refusal(error)
        }
    }

    private func sendBatch(_ call: Call) async throws(Refusal) -> Reply {
        let (body, replay) = (try call.json(), try Self.replayKey(call))
        return try await translating(Refusal.init) { () async throws(Problem) in
            reply(try await acceptance.acceptBatch(body, from: call.principal, replay: replay))
        }
    }

    private func reply(_ answer: SubmissionResponse) -> Reply {
        metrics.accepted(answer.ids.count, via: .api)
        var reply = Reply.json(answer.body, status: answer.status)
        reply.messageIDs = answer.ids
        if let location = answer.location { reply.fields[.location] = location }
        if answer.isReplayed { reply.fields[.idempotencyReplayed] = "true" }
        return reply
    }

    private func list(_ call: Call) async throws(Refusal) -> Reply {
        let filter = try MessageFilter(call)
        return try await translating(Refusal.init) { () async throws(StoreError) in
            .json(MessageView.page(try await search.page(filter)))
        }
    }

    private func show(_ call: Call) async throws(Refusal) -> Reply {
        .json(MessageView.message(try await find(call)))
    }

    private func explain(_ call: Call) async throws(Refusal) -> Reply {
        let record = try await find(call)
        return .json(MessageView.explanation(record, dispatching.explain(record)))
    }

    private func cancel(_ call: Call) async throws(Refusal) -> Reply {
        let record = try await find(call)
        let isDone = try await translating(Refusal.init) { () async throws(StoreError) in
            try await archive.cancel(record.id, by: call.principal.actor, now: clock())
        }
        guard isDone else {
            let now = try await find(call)
            let states = MessageState.cancellable.words
            throw Refusal(.wrongState("A message can be cancelled from \(states); it is \(now.state.rawValue)."))
        }
        return .json(MessageView.message(try await find(call)))
    }

    private func retry(_ call: Call) async throws(Refusal) -> Reply {
        let record = try await find(call)
        guard let request = record.request else {
            throw Refusal(.wrongState("The content of the message was dropped, as `retention.content` asks for."))
        }
        let now = clock()
        let isDone = try await translating(Refusal.init) { () async throws(StoreError) in
            try await archive.retry(record.id, by: call.principal.actor, now: now)
        }
        guard isDone else {
            let now = try await find(call)
            let states = MessageState.retryable.words
            throw Refusal(.wrongState("A message can be retried from \(states); it is \(now.state.rawValue)."))
        }
        dispatching.stored(request.routingKey, priority: record.priority, due: now)
        return .json(MessageView.message(try await find(call)))
    }

    /// The message in the path, if the caller may see it.
    private func find(_ call: Call) async throws(Refusal) -> MessageRecord {
        let id = call.parameter("id")
        guard (1...64).contains(id.utf8.count), id.utf8.allSatisfy(Self.isWord) else { throw Refusal(.notFound) }
        let record = try await translating(Refusal.init) { () async throws(StoreError) in
            try await archive.find(id)
        }
        guard let record, call.principal.sees(brand: record.brand) else { throw Refusal(.notFound) }
        return record
    }

    private static func isWord(_ byte: UInt8) -> Bool { byte.isASCIIAlphanumeric || "-_".utf8.contains(byte) }

    private static func replayKey(_ call: Call) throws(Refusal) -> IdempotencyKey? {
        guard let key = call.fields[.idempotencyKey] else { return nil }
        do throws(Problem) {
            return try IdempotencyKey(key, path: call.path, body: call.body)
        } catch {
            throw Refusal(error)
        }
    }

    /// The seconds of `wait=N` (RFC 7240 section 4.3); a preference that cannot be parsed is ignored, as the RFC requires.
    static func wait(_ prefer: String?) -> Int? {
        for preference in prefer?.split(separator: ",") ?? [] {
            let parts = preference.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].filter({ $0 != " " }).lowercased() == "wait" else { continue }
            let number = Int(parts[1].filter { $0 != " " && $0 != "\"" })
            return number.flatMap { $0 > 0 ? min($0, longestWait) : nil }
        }
        return nil
    }
}

/// The endpoints of a gateway that cannot reach its store at startup: it is alive and not ready.
package enum WaitingAPI {
    package static var endpoints: [Endpoint] {
        let unready = Readiness(reasons: [Readiness.storeIsGone])
        return [OperationsAPI.health]
            + ["/readyz", "/readyz/accept"].map { path in
                Endpoint(.get, path, access: .open) { _ throws(Refusal) in unready.reply }
            }
    }

    /// The refusal for every other endpoint.
    package static let refusal = Problem.storeUnavailable(cause: "the store has not been reached since the start")
}
