// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import JSON
internal import Logging
package import Mail
internal import Monitoring
internal import Queue
package import Submission
internal import Synchronization

extension FrontDesk {
    /// Submits the messages of one call, and returns an outcome for each, in order.
    ///
    /// Throws the problem of the whole call; where the API is all or nothing, that of any message.
    func submit(
        _ submission: FrontSubmission,
        _ task: Task,
        _ call: FrontCall
    ) async throws(Refusal) -> [FrontOutcome] {
        let messages = submission.messages.map { prepared($0, task.front, call) }
        // Without a key, no caller learns anything about addresses.
        let looksUp = submission.refusesSuppressed && !task.isRehearsal
        let suppressed = looksUp ? try await suppressed(among: messages) : [:]
        let results = try await translating(Refusal.init) { () async throws(Problem) in
            if task.isRehearsal { return messages.map(Self.screened) }
            return try await self.results(
                of: messages,
                suppressed,
                submission,
                replay(submission, task, call),
                task,
                call
            )
        }
        let problems = results.compactMap(\.problem)
        if submission.isAllOrNothing, !problems.isEmpty { throw Refusal(Problem(combining: problems)) }
        return results.enumerated().map { position, result in
            FrontOutcome(
                request: messages[position].request,
                result: result,
                suppressed: suppressed[position]?.addresses.map(\.description) ?? []
            )
        }
    }

    private func results(
        of messages: [FrontMessage],
        _ suppressed: [Int: SuppressedRecipients],
        _ submission: FrontSubmission,
        _ replay: IdempotencyKey?,
        _ task: Task,
        _ call: FrontCall
    ) async throws(Problem) -> [SubmissionResult] {
        // What the front refuses, with what the gateway finds in the same messages.
        var refused: [Int: Problem] = [:]
        for (position, found) in suppressed where found.areAll && messages[position].faults.isEmpty {
            refused[position] = .allSuppressed(found.addresses.map(\.description))
        }
        let faulty = messages.indices.filter { !messages[$0].faults.isEmpty }
        let verdicts =
            try faulty.isEmpty ? [] : self.submission.check(faulty.map { messages[$0].request }, from: call.principal)
        for (position, verdict) in zip(faulty, verdicts) {
            refused[position] = messages[position].placed(verdict).problem
        }
        let requests = messages.map(\.request)
        guard !submission.isRehearsal, refused.isEmpty || !submission.isAllOrNothing else {
            let results = try self.submission.check(requests, from: call.principal)
            return results.enumerated().map { position, result in
                refused[position].map { .refused($0) } ?? messages[position].placed(result)
            }
        }
        let results = try await self.submission.accept(
            requests,
            from: call.principal,
            replay: replay,
            allOrNothing: submission.isAllOrNothing,
            refused: refused,
            kept: submission.kept
        )
        metrics.accepted(results.count { $0.message?.isReplayed == false }, via: task.front.path)
        return results.enumerated().map { position, result in
            refused[position] == nil ? messages[position].placed(result) : result
        }
    }

    /// A call without a key: its own faults, and those of its addresses.
    private static func screened(_ message: FrontMessage) -> SubmissionResult {
        let faults = message.faults + message.request.addressFaults.map { Problem.Fault(message.place($0), $1) }
        let nothing = SubmissionResult.accepted(
            SubmittedMessage(id: "msg_00000000000000000000000000", state: .queued, messageID: "")
        )
        return faults.isEmpty ? nothing : .refused(.invalidRequest(faults))
    }

    private func replay(
        _ submission: FrontSubmission,
        _ task: Task,
        _ call: FrontCall
    ) throws(Problem) -> IdempotencyKey? {
        guard var key = submission.idempotencyKey ?? call.fields[.idempotencyKey], !submission.isRehearsal else {
            return nil
        }
        // One more than ours has, which is what some of these APIs allow.
        if key.utf8.count == 256 { key = ContentHash(of: Array(key.utf8)).description }
        // The same call with and without the prefix of the front is one.
        let segments = call.path.split(separator: "/")
        let own = segments.first == task.front.name[...] ? segments.dropFirst() : segments[...]
        let place = "\(task.front.name) \(own.joined(separator: "/"))"
        return try IdempotencyKey(key, path: place, body: call.body)
    }

    /// The message with its brand, and with its ignored fields in the metadata and in the log.
    private func prepared(_ message: FrontMessage, _ front: any Front, _ call: FrontCall) -> FrontMessage {
        var message = message
        if message.request.brand == nil {
            message.request.brand = Self.brand(for: message.request, call)
        }
        var metadata = message.request.metadata ?? []
        for field in message.ignored {
            noteIgnored(field.name, front)
            guard let value = field.value, metadata.count < 100 else { continue }
            metadata.append(("front.\(field.name)", Self.shortened(value)))
        }
        // The metadata in the header of a raw message count only when the request has none.
        if !message.ignored.isEmpty, message.request.raw == nil { message.request.metadata = metadata }
        return message
    }

    private func noteIgnored(_ name: String, _ front: any Front) {
        let isNew = logged.withLock { $0.count < 1000 && $0.insert("\(front.name) \(name)").inserted }
        guard isNew else { return }
        logger.info(
            "a front ignores a field that has no meaning here; this is said once",
            metadata: ["front": "\(front.name)", "field": "\(name)"]
        )
    }

    /// At most 1,000 characters, on one line: metadata is for people.
    private static func shortened(_ value: String) -> String {
        String(String.UnicodeScalarView(value.unicodeScalars.prefix(1000).map { $0.value < 0x20 ? " " : $0 }))
    }
}

extension FrontDesk {
    /// The suppressed recipients of one message.
    struct SuppressedRecipients {
        var addresses: [EmailAddress]
        var areAll: Bool
    }

    /// How many addresses are looked up at once, below the number of parameters that a database takes.
    private static let lookUpSize = 500

    /// By the position of the message.
    private func suppressed(among messages: [FrontMessage]) async throws(Refusal) -> [Int: SuppressedRecipients] {
        let recipients = messages.map(\.request.recipientAddresses)
        let lists = messages.map { submission.list(of: $0.request) }
        var stopped: [String?: [String: [Suppression]]] = [:]
        for list in Set(lists) {
            let all = Set(zip(recipients, lists).filter { $0.1 == list }.flatMap(\.0))
            stopped[list] = try await suppressions(of: Array(all), list)
        }
        var result: [Int: SuppressedRecipients] = [:]
        for (position, addresses) in recipients.enumerated() {
            let priority: Priority = submission.isCritical(messages[position].request) ? .critical : .normal
            let hit = addresses.filter { address in
                stopped[lists[position]]?[address.canonical]?.contains { $0.stops(priority) } ?? false
            }
            guard !hit.isEmpty else { continue }
            result[position] = SuppressedRecipients(addresses: hit, areAll: hit.count == addresses.count)
        }
        return result
    }

    /// By the canonical form of the address.
    private func suppressions(
        of addresses: [EmailAddress],
        _ list: String?
    ) async throws(Refusal) -> [String: [Suppression]] {
        var found: [Suppression] = []
        for start in stride(from: 0, to: addresses.count, by: Self.lookUpSize) {
            let part = Array(addresses[start..<min(start + Self.lookUpSize, addresses.count)])
            found += try await translating(Refusal.init) { () async throws(StoreError) in
                try await archive.suppressions.find(part, list: list, now: clock())
            }
        }
        return Dictionary(grouping: found, by: \.address.canonical)
    }
}

extension FrontMessage {
    /// The result with the front's own faults, and with all places as the caller knows them.
    fileprivate func placed(_ result: SubmissionResult) -> SubmissionResult {
        guard let problem = result.problem else {
            return faults.isEmpty ? result : .refused(.invalidRequest(faults))
        }
        let others = problem.faults.map { Problem.Fault(place($0.pointer), $0.detail) }
        // What the front says about a field is in the words of its API.
        let own = Set(faults.map(\.pointer))
        if !faults.isEmpty { return .refused(.invalidRequest(faults + others.filter { !own.contains($0.pointer) })) }
        guard !others.isEmpty else { return result }
        return .refused(
            Problem(
                problem.name,
                title: problem.title,
                status: problem.status,
                detail: problem.detail,
                faults: others,
                retryAfter: problem.retryAfter,
                cause: problem.cause
            )
        )
    }
}

extension Problem {
    /// One problem for several messages of a call: the only one, or all faults of those that have some.
    fileprivate init(combining problems: [Problem]) {
        let faulty = problems.filter { !$0.faults.isEmpty }
        guard problems.count > 1, let first = faulty.first else {
            self = problems.first ?? .internalError
            return
        }
        let faults = Array(faulty.flatMap(\.faults).prefix(100))
        let isForbidden = faulty.allSatisfy { $0.status == first.status } && first.status == 403
        self = isForbidden ? .outsideKey(faults) : .invalidRequest(faults)
    }
}

extension SendRequest {
    /// The recipients whose addresses can be read, each once.
    fileprivate var recipientAddresses: [EmailAddress] {
        var seen: Set<EmailAddress> = []
        return [to, cc, bcc].flatMap { $0?.items ?? [] }.compactMap { $0?.emailAddress }
            .filter { seen.insert($0).inserted }
    }

    /// The faults of the addresses, with their places.
    fileprivate var addressFaults: [(JSONPointer, String)] {
        var faults: [(JSONPointer, String)] = []
        for (name, list) in [("to", to), ("cc", cc), ("bcc", bcc)] {
            for (position, item) in (list?.items ?? []).enumerated() {
                guard let reason = item?.fault else { continue }
                let place = JSONPointer.root.appending(name)
                faults.append((list?.isSingle == true ? place : place.appending(position), reason))
            }
        }
        if let reason = from?.fault { faults.append((JSONPointer.root.appending("from"), reason)) }
        return faults
    }
}

extension SendRequest.Address {
    /// The address; nil when it cannot be read.
    package var emailAddress: EmailAddress? {
        // The reason is reported where the request is checked.
        switch self {
        case .mailbox(let mailbox): mailbox.address
        case .text(let text): try? Mailbox(parsing: text).address
        case .parts(let email, _): email.flatMap { try? EmailAddress(parsing: $0) }
        }
    }

    /// Why the address cannot be read; nil when it can.
    var fault: String? {
        do throws(FieldError) {
            switch self {
            case .mailbox: break
            case .text(let text): _ = try Mailbox(parsing: text)
            case .parts(let email, _): _ = try EmailAddress(parsing: email ?? "")
            }
            return nil
        } catch {
            return error.description
        }
    }
}

extension FrontDesk {
    private static let brandField = HTTPField.Name(constant: "X-Posthaste-Brand")

    /// The brand of a message that names none: the key's only brand, else the brand of the From domain, else the field
    /// `X-Posthaste-Brand`, else the default brand.
    private static func brand(for request: SendRequest, _ call: FrontCall) -> String {
        if call.principal.brands != nil, call.brands.count == 1 { return call.brands[0].name }
        if let domain = request.from?.emailAddress?.domain, let brand = call.brand(ofDomain: domain) {
            return brand.name
        }
        return call.fields[brandField] ?? call.defaultBrand
    }
}
