// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
import Queue
import Synchronization

extension MessageSubmission {
    static let batchLimit = 1000
    /// The most faults that a response lists for all messages of a batch; beyond that each bad message lists one.
    private static let faultLimit = 1000
    /// The most bytes of a batch's defaults when they are written out for each message.
    static let defaultsLimit = 128 * 1024 * 1024

    /// Accepts `{"defaults": …, "messages": […]}`: each message on its own, all valid ones stored in one transaction.
    ///
    /// The results have the order of the messages: `{"id", "state"}` or `{"problem"}`. The pointers of a problem are
    /// relative to the whole batch. Throws only for errors that concern all messages.
    package func acceptBatch(
        _ body: JSON,
        from principal: Principal,
        replay: IdempotencyKey? = nil
    ) async throws(Problem) -> SubmissionResponse {
        try checkScope(principal)
        return try await once(replay, principal) { () async throws(Problem) in
            let (messages, defaults) = try Self.parts(of: body)
            return try await store(messages, defaults, principal, replay)
        }
    }

    private func store(
        _ bodies: [JSON],
        _ defaults: JSONObject?,
        _ principal: Principal,
        _ replay: IdempotencyKey?
    ) async throws(Problem) -> SubmissionResponse {
        let (context, sealing) = self.context(principal)
        let root = JSONPointer.root.appending("messages")
        let shared = defaults.map { SharedAttachments($0, in: context) }
        var (results, messages, drafts): ([JSON], [NewMessage], [MessageDraft]) = ([], [], [])
        var left = Self.faultLimit
        for (position, body) in bodies.enumerated() {
            do throws(Problem) {
                let place = root.appending(position)
                var check = try SendRequestCheck(
                    reading: body,
                    at: place,
                    defaults: defaults,
                    shared: shared,
                    in: context,
                    shownFaults: left
                )
                let draft = try check.draft()
                let message = try self.message(draft, sealing, principal, now: context.now)
                results.append(["id": .string(message.id), "state": .string(message.state.rawValue)])
                messages.append(message)
                drafts.append(draft)
            } catch {
                left -= error.faults.count
                results.append(["problem": error.json])
            }
        }
        let answer = JSON.object(JSONObject([("results", .array(results))])).encoded()
        let response = StoredResponse(status: 202, body: answer)
        let entry = replay.map { self.entry($0, principal, response, messages, context.now) }
        if let earlier = try await insert(messages, drafts, entry, now: context.now) { return earlier }
        return SubmissionResponse(status: 202, body: answer, ids: messages.map(\.id), location: nil)
    }

    private static func parts(of body: JSON) throws(Problem) -> (messages: [JSON], defaults: JSONObject?) {
        guard case .object(let members) = body else {
            throw .invalidRequest([Problem.Fault(.root, "expected an object, found \(body.typeName)")])
        }
        var faults = RequestFaults()
        for (name, _) in members where name != "messages" && name != "defaults" && !faults.isFull {
            let hint = NearestName.hint(name, among: ["messages", "defaults"])
            faults.invalid(JSONPointer.root.appending(name), "is no field of a batch\(hint)")
        }
        let place = JSONPointer.root.appending("messages")
        let messages = members["messages"]?.array
        switch (members["messages"], messages?.count) {
        case (nil, _): faults.invalid(place, "is required: a list of send requests")
        case (let value?, nil): faults.invalid(place, "expected a list, found \(value.typeName)")
        case (_, 0?): faults.invalid(place, "is empty; a batch has at least one message")
        case (_, let count?) where count > batchLimit:
            faults.invalid(place, "a batch has at most \(batchLimit) messages, found \(count)")
        default: break
        }
        let defaults = members["defaults"]
        if let defaults, defaults.object == nil {
            let found = "expected an object, found \(defaults.typeName)"
            faults.invalid(JSONPointer.root.appending("defaults"), found)
        }
        for (name, _) in defaults?.object ?? JSONObject() where !SendRequestReader.names.contains(name) {
            if faults.isFull { break }
            let hint = NearestName.hint(name, among: SendRequestReader.names)
            let place = JSONPointer.root.appending("defaults").appending(name)
            faults.invalid(place, "is no field of a send request\(hint)")
        }
        if let problem = faults.problem { throw problem }
        try checkSize(of: defaults?.object, times: messages?.count ?? 0)
        return (messages ?? [], defaults?.object)
    }

    /// Refuses defaults that would fill the store when they are written out for each message; attachments are stored
    /// once.
    private static func checkSize(of defaults: JSONObject?, times count: Int) throws(Problem) {
        guard var repeated = defaults else { return }
        repeated["attachments"] = nil
        guard JSON.object(repeated).encoded().count * count <= defaultsLimit else { throw .batchTooLarge }
    }
}

extension MessageSubmission {
    /// How long a repeated request is recognised.
    package static let kept = Duration.seconds(24 * 3600)
    /// The key id of requests without an API key.
    private static let withoutKey = "-"

    /// Runs `answer` unless the request was answered before or is being answered now.
    ///
    /// Throws 422 when the key was used for another request, 409 while this process is still answering it. A
    /// concurrent request at another process that shares the store is detected when the response is stored.
    func once(
        _ replay: IdempotencyKey?,
        _ principal: Principal,
        _ answer: () async throws(Problem) -> SubmissionResponse
    ) async throws(Problem) -> SubmissionResponse {
        guard let replay else { return try await answer() }
        let mark = UnderWay(keyID: principal.keyID ?? Self.withoutKey, key: replay.key)
        guard underWay.withLock({ $0.insert(mark).inserted }) else { throw .stillAnswered }
        defer { _ = underWay.withLock { $0.remove(mark) } }
        guard let entry = try await find(mark) else { return try await answer() }
        guard entry.digest == replay.digest else { throw .keyReused }
        return SubmissionResponse(replaying: entry.response)
    }

    private func find(_ mark: UnderWay) async throws(Problem) -> IdempotencyEntry? {
        try await translating(Problem.init) { () async throws(StoreError) in
            try await stores.replays.find(keyID: mark.keyID, key: mark.key, now: clock())
        }
    }

    /// The stored entry for a response: kept for 24 hours, and for a scheduled message until 24 hours after its time.
    func entry(
        _ replay: IdempotencyKey,
        _ principal: Principal,
        _ response: StoredResponse,
        _ messages: [NewMessage],
        _ now: Timestamp,
        kept: Duration = MessageSubmission.kept
    ) -> IdempotencyEntry {
        IdempotencyEntry(
            keyID: principal.keyID ?? Self.withoutKey,
            key: replay.key,
            digest: replay.digest,
            expiresAt: (messages.map(\.due).max().map { max($0, now) } ?? now) + kept,
            response: response
        )
    }
}
