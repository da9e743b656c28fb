// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
package import Queue

/// What became of one request of a call.
package enum SubmissionResult: Sendable {
    /// The message is stored.
    case accepted(SubmittedMessage)
    case refused(Problem)
    /// The request has no fault, but another one of an all-or-nothing call has.
    case withheld

    package var problem: Problem? { if case .refused(let problem) = self { problem } else { nil } }

    /// Nil for a message that is not accepted.
    package var message: SubmittedMessage? { if case .accepted(let message) = self { message } else { nil } }
    package var id: String? { message?.id }
}

/// A message that is stored.
package struct SubmittedMessage: Sendable, Hashable {
    package let id: String
    package let state: MessageState
    /// The Message-ID, without angle brackets.
    package let messageID: String
    /// True when an earlier call with the same idempotency key stored it.
    package let isReplayed: Bool

    package init(id: String, state: MessageState, messageID: String, isReplayed: Bool = false) {
        (self.id, self.state, self.messageID, self.isReplayed) = (id, state, messageID, isReplayed)
    }
}

extension MessageSubmission {
    /// Checks `requests`, and stores those without a fault in one transaction.
    ///
    /// - Parameters:
    ///   - requests: The messages of one call.
    ///   - principal: On whose behalf they are sent.
    ///   - replay: Recognises a repeated call, which gets the results of the first.
    ///   - allOrNothing: When any request has a fault, nothing is stored.
    ///   - refused: Why the way in refuses a request by itself, by its position; such a request is not checked.
    ///   - admission: Asked in the transaction; nothing is stored when it returns false.
    ///   - kept: How long a repeated call is recognised.
    /// - Returns: A result for each request, in their order.
    /// - Throws: Only what concerns all requests: 403 without the scope `send`, 409 and 422 for a reused idempotency
    ///   key, 413 for more than 1,000 messages or too much content, 429 when `admission` refused, 503 when the store does
    ///   not answer.
    package func accept(
        _ requests: [SendRequest],
        from principal: Principal,
        replay: IdempotencyKey? = nil,
        allOrNothing: Bool = true,
        refused: [Int: Problem] = [:],
        admission: Admission? = nil,
        kept: Duration = MessageSubmission.kept
    ) async throws(Problem) -> [SubmissionResult] {
        try checkScope(principal)
        try Self.checkSize(of: requests)
        var results: [SubmissionResult] = []
        let answer = try await once(replay, principal) { () async throws(Problem) in
            var (messages, drafts): ([NewMessage], [MessageDraft]) = ([], [])
            let now = self.check(requests, principal, refused, &results) {
                messages.append($0)
                drafts.append($1)
            }
            if allOrNothing, messages.count < requests.count {
                results = results.map { if case .accepted = $0 { .withheld } else { $0 } }
                (messages, drafts) = ([], [])
            }
            let body = Array(results.map(\.line).joined(separator: "\n").utf8)
            let entry =
                messages.isEmpty
                ? nil
                : replay.map {
                    self.entry($0, principal, StoredResponse(status: 202, body: body), messages, now, kept: kept)
                }
            let earlier = try await insert(messages, drafts, entry, admission: admission, now: now)
            if let earlier { return earlier }
            return SubmissionResponse(status: 202, body: body, ids: messages.map(\.id), location: nil)
        }
        guard answer.isReplayed else { return results }
        let earlier = SubmissionResult.list(answer.body)
        // The digest of the key tells calls apart, so only another kind of call can have another number of messages.
        guard earlier.count == requests.count else { throw .keyReused }
        return earlier
    }

    /// Refuses a call whose messages, written out one by one, would fill the store.
    private static func checkSize(of requests: [SendRequest]) throws(Problem) {
        guard requests.count <= batchLimit else { throw .tooManyMessages(requests.count, limit: batchLimit) }
        var total = 0
        for request in requests {
            total += request.contentSize
            guard total <= defaultsLimit else { throw .batchTooLarge }
        }
    }

    /// Checks `requests` as ``accept(_:from:replay:allOrNothing:refused:admission:kept:)`` does, and stores nothing; the ids of the results
    /// are those of no message.
    package func check(
        _ requests: [SendRequest],
        from principal: Principal
    ) throws(Problem) -> [SubmissionResult] {
        try checkScope(principal)
        var results: [SubmissionResult] = []
        try Self.checkSize(of: requests)
        _ = check(requests, principal, [:], &results) { _, _ in }
        return results
    }

    /// True for mail that its recipients cannot unsubscribe from, by its priority or its category.
    package func isCritical(_ request: SendRequest) -> Bool {
        if let priority = request.priority { return priority == Priority.critical.name }
        let (context, template) = template(of: request)
        return context.settings.isCritical(request.category ?? template?.category)
    }

    /// The list of a message, as far as its request and its template say.
    package func list(of request: SendRequest) -> String? { request.list ?? template(of: request).template?.list }

    private func template(
        of request: SendRequest
    ) -> (context: SendRequestCheck.Context, template: (any MailTemplate)?) {
        let (context, _) = self.context(.commandLine)
        let template = request.template.flatMap { name in
            context.templates.template(
                name,
                brand: request.brand ?? context.settings.defaultBrand,
                locale: request.locale
            )
        }
        return (context, template)
    }

    /// Appends a result for each request and keeps those without a fault; returns the time at which they were checked.
    private func check(
        _ requests: [SendRequest],
        _ principal: Principal,
        _ refused: [Int: Problem],
        _ results: inout [SubmissionResult],
        keep: (NewMessage, MessageDraft) -> Void
    ) -> Timestamp {
        let (context, sealing) = self.context(principal)
        for (position, request) in requests.enumerated() {
            if let problem = refused[position] {
                results.append(.refused(problem))
                continue
            }
            do throws(Problem) {
                var check = SendRequestCheck(request, in: context)
                let draft = try check.draft()
                let message = try self.message(draft, sealing, principal, now: context.now)
                keep(message, draft)
                let messageID = MessageID.of(message.id, message.request)
                results.append(
                    .accepted(SubmittedMessage(id: message.id, state: message.state, messageID: messageID))
                )
            } catch {
                results.append(.refused(error))
            }
        }
        return context.now
    }
}

extension SendRequest {
    /// The octets that are stored for this message alone; attachments and raw messages are stored once.
    fileprivate var contentSize: Int {
        var size = (html?.utf8.count ?? 0) + (text?.utf8.count ?? 0)
        for (name, value) in (headers ?? []) + (metadata ?? []) { size += name.utf8.count + value.utf8.count }
        if let data, !data.isEmpty { size += JSON.object(data).encoded().count }
        return size
    }
}

/// The stored form of results: a line for each, of words that tabs divide.
extension SubmissionResult {
    fileprivate var line: String {
        switch self {
        case .accepted(let message):
            "accepted\t\(message.id)\t\(message.state.rawValue)\t\(HeaderText.cleaned(message.messageID))"
        case .refused(let problem):
            (["refused", "\(problem.status)", problem.name, problem.title, problem.detail]
                + problem.faults.flatMap { [$0.pointer.description, $0.detail] })
                .map(HeaderText.cleaned).joined(separator: "\t")
        case .withheld: "withheld"
        }
    }

    /// The results of an earlier call.
    fileprivate static func list(_ body: [UInt8]) -> [SubmissionResult] {
        String(decoding: body, as: UTF8.self).split(separator: "\n").map { line in
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            if words.count == 4, let state = MessageState(rawValue: words[2]) {
                return .accepted(
                    SubmittedMessage(id: words[1], state: state, messageID: words[3], isReplayed: true)
                )
            }
            if words.count >= 5, let status = Int(words[1]) {
                let faults = stride(from: 5, to: words.count - 1, by: 2).map { position in
                    Problem.Fault(JSONPointer(stored: words[position]), words[position + 1])
                }
                return .refused(Problem(words[2], title: words[3], status: status, detail: words[4], faults: faults))
            }
            return .withheld
        }
    }
}

extension JSONPointer {
    /// The pointer of a stored text (RFC 6901 section 4).
    fileprivate init(stored text: String) {
        self = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().reduce(.root) { place, name in
            place.appending(String(name).replacing("~1", with: "/").replacing("~0", with: "~"))
        }
    }
}
