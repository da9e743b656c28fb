// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization

extension Dispatcher {
    private static let suppressed = "on the suppression list"
    /// How many messages are parked or released in one transaction.
    private static let moveSize = 500

    func perform(_ action: DispatchMachine.Action) async {
        switch action {
        case .attempt(let id, let provider): await attempt(id, at: provider)
        case .settle(let settlement): await store(settlement)
        case .claim(let key, let limit): await claim(key, limit: limit)
        case .probe(let provider): await probe(provider)
        case .park(let stream, let reason): await move(stream, parkingBecause: reason)
        case .release(let stream): await move(stream, parkingBecause: nil)
        case .tell(let finding, let provider): await tell(finding, of: provider)
        case .reserve(let count, let usage, let limit): await reserve(count, of: usage, limit: limit)
        }
    }

    // One message

    private func attempt(_ id: String, at provider: String) async {
        let found = machine.withLock { machine in
            machine.items[id].flatMap { item in machine.providers[provider].map { (item.message, $0.entry) } }
        }
        guard let (message, entry) = found else { return }
        var recipients = message.recipients
        let started = clock()
        let (result, outgoing) = await result(of: message, &recipients, at: provider, by: entry.provider)
        let ended = clock()
        if let outcome = result.outcome {
            observer.attempted(provider, outcome: outcome, waited: started - message.due, took: ended - started)
        }
        log(result, of: message, at: provider)
        let random = chance()
        let settlement = feed { machine, now in
            machine.finished(id, with: result, recipients: recipients, now: now, chance: random)
        }
        guard var settlement else { return signal(id) }
        if let note = outgoing?.note { settlement.add(note) }
        if entry.showsSecrets, settlement.state == .sent, let values = outgoing?.sealedValues {
            settlement.request = message.request
            settlement.request?.captured = values
        }
        await store(settlement)
    }

    /// The result, and what was handed over.
    private func result(
        of message: QueuedMessage,
        _ recipients: inout [RecipientStatus],
        at provider: String,
        by carrier: any Provider
    ) async -> (AttemptResult, OutgoingMessage?) {
        guard await begin(message.id, at: provider) else { return (.lost, nil) }
        await markSuppressed(&recipients, lane: message.lane)
        let envelope = recipients.filter { $0.state == .pending }.map(\.address)
        guard !envelope.isEmpty else { return (.suppressed(recipients), nil) }
        do throws(BuildFailure) {
            let outgoing = try await builder.build(message, envelope: envelope)
            guard await mayBeMailed(outgoing, checked: envelope, lane: message.lane) else {
                for index in recipients.indices where recipients[index].state == .pending {
                    (recipients[index].state, recipients[index].detail) = (.suppressed, Self.suppressed)
                }
                return (.suppressed(recipients), nil)
            }
            return (await handOver(outgoing, to: carrier), outgoing)
        } catch {
            return (.init(error), nil)
        }
    }

    private func handOver(_ message: OutgoingMessage, to carrier: any Provider) async -> AttemptResult {
        do throws(DeliveryError) {
            return .accepted(try await carrier.send(message))
        } catch {
            if Task.isCancelled && error.kind == .transient { return .interrupted }
            return .failed(error)
        }
    }

    /// False when the address that came late is on the suppression list.
    private func mayBeMailed(_ message: OutgoingMessage, checked: [EmailAddress], lane: Lane) async -> Bool {
        var late = message.envelope.filter { !checked.contains($0) }.map { RecipientStatus(address: $0, kind: .to) }
        guard !late.isEmpty else { return true }
        await markSuppressed(&late, lane: lane)
        return late.contains { $0.state == .pending }
    }

    /// Marks the message as being sent, however long the store takes to answer.
    private func begin(_ id: String, at provider: String) async -> Bool {
        while !Task.isCancelled {
            do throws(OutboxError) {
                return try await stores.outbox.begin(id, at: provider, holder: holder, now: clock())
            } catch {
                await waitForStore(error, doing: "marking a message as being sent")
            }
        }
        return false
    }

    private func markSuppressed(_ recipients: inout [RecipientStatus], lane: Lane) async {
        if suppressions.withLock(\.isEmpty) { return }
        let pending = recipients.filter { $0.state == .pending }.map(\.address)
        while true {
            do throws(OutboxError) {
                let found = try await stores.suppressions.find(pending)
                let stopped = found.filter { $0.reason != .unsubscribe || lane != .critical }.map(\.address.canonical)
                for index in recipients.indices
                where recipients[index].state == .pending && stopped.contains(recipients[index].address.canonical) {
                    recipients[index].state = .suppressed
                    recipients[index].detail = Self.suppressed
                }
                return
            } catch {
                if Task.isCancelled { return }
                await waitForStore(error, doing: "looking up suppressed addresses")
            }
        }
    }

    /// Writes a settlement, however long the store takes: until then the slot stays taken and the lease ours.
    private func store(_ settlement: Settlement) async {
        while true {
            do throws(OutboxError) {
                let isOurs = try await stores.outbox.settle(settlement)
                if isOurs { observer.settled(settlement) }
                break
            } catch {
                if Task.isCancelled { return }
                await waitForStore(error, doing: "writing an outcome")
            }
        }
        feed { machine, _ in machine.stored(settlement) }
        if !settlement.keepsLease { signal(settlement.id) }
    }

    func waitForStore(_ error: OutboxError, doing what: String) async {
        note(error, doing: what)
        // A cancelled wait is seen by the caller's loop.
        try? await Task.sleep(for: Self.storeRetry)
    }

    /// Logs that the store did not do what it was asked: once for each cause, however often it is asked.
    func note(_ error: OutboxError, doing what: String) {
        let now = clock()
        let isNews = outage.withLock { $0.failed(error.description, now: now) }
        let words: Logger.Message =
            switch error {
            case .unavailable: "the store did not answer; trying again"
            case .corrupt: "the store refused, or holds what cannot be read; trying again"
            }
        logger.log(level: isNews ? .error : .debug, words, metadata: ["doing": "\(what)", "error": "\(error)"])
    }

    /// Takes that the store has written something, and logs the end of an outage.
    func noteAnswer() {
        let now = clock()
        guard let span = outage.withLock({ $0.answered(now: now) }) else { return }
        logger.notice("the store is back", metadata: ["seconds": .stringConvertible(Int(span.milliseconds / 1000))])
    }

    private func log(_ result: AttemptResult, of message: QueuedMessage, at provider: String) {
        var metadata: Logger.Metadata = ["message_id": "\(message.id)", "provider": "\(provider)"]
        switch result {
        case .accepted(let receipt):
            if let id = receipt.id { metadata["provider_message_id"] = "\(id)" }
            logger.info("accepted by the provider", metadata: metadata)
        case .failed(let error):
            metadata["kind"] = "\(error.kind.name)"
            metadata["code"] = "\(error.code)"
            if !error.detail.isEmpty { metadata["detail"] = "\(error.loggedDetail)" }
            logger.warning("attempt failed", metadata: metadata)
        case .unbuildable(let failure):
            metadata["code"] = "\(failure.code)"
            logger.error("message cannot be built", metadata: metadata)
        default: logger.debug("attempt ended early", metadata: metadata)
        }
    }

    // The queue

    private func claim(_ key: DispatchMachine.QueueKey, limit: Int) async {
        var messages: [QueuedMessage] = []
        let claim = Claim(stream: key.stream, lane: key.lane, limit: limit, holder: holder, now: clock())
        do throws(OutboxError) {
            messages = try await stores.outbox.claim(claim)
        } catch {
            await waitForStore(error, doing: "reading the queue")
            // Only now: what others claimed at the same moment has arrived meanwhile.
            if stores.fleet != nil { doubtful.withLock { $0.addClaim(claim.now) } }
        }
        let count = messages.count
        feed { [messages] machine, now in
            machine.claimed(key, limit: limit, messages: messages, now: now)
        }
        if count < limit { await readHeads() }
    }

    private func probe(_ name: String) async {
        guard let provider = machine.withLock({ $0.providers[name]?.entry.provider }) else { return }
        var failure: DeliveryError?
        do throws(DeliveryError) {
            try await provider.probe()
        } catch {
            failure = error
        }
        logger.notice(
            "provider probed",
            metadata: ["provider": "\(name)", "result": "\(failure?.description ?? "ok")"]
        )
        feed { [failure] machine, now in machine.probed(name, error: failure, now: now) }
    }

    private func move(_ stream: Stream, parkingBecause reason: String?) async {
        var count = 0
        do throws(OutboxError) {
            if let reason {
                count = try await stores.keeping.park(stream, limit: Self.moveSize, reason: reason, now: clock())
            } else {
                count = try await stores.keeping.release(stream, limit: Self.moveSize, now: clock())
            }
        } catch {
            await waitForStore(error, doing: reason == nil ? "releasing parked mail" : "parking mail")
        }
        let wasFull = count == Self.moveSize
        if reason == nil { await readHeads() }
        feed { machine, _ in machine.moved(stream, wasRelease: reason == nil, wasFull: wasFull) }
    }

    func signal(_ id: String) {
        watches.withLock { $0.removeValue(forKey: id)?.watch }?.signal()
    }
}

extension Settlement {
    /// Adds what a sender says of a try to its event.
    fileprivate mutating func add(_ note: String) {
        for index in events.indices where events[index].kind == .attempted {
            let event = events[index]
            let detail = [event.detail, note].compactMap(\.self).joined(separator: ", ")
            events[index] = MessageEvent(at: event.at, kind: event.kind, provider: event.provider, detail: detail)
        }
    }
}

extension AttemptResult {
    fileprivate init(_ failure: BuildFailure) {
        switch failure {
        case .unbuildable(let failure): self = .unbuildable(failure)
        case .discarded(let reason): self = .discarded(reason)
        case .unbound(let error): self = .unbound(error)
        case .unavailable(let detail):
            self = .unbound(DeliveryError(.transient, scope: .message, code: "store.unavailable", detail: detail))
        }
    }

    /// The word for metrics; nil when no provider was called.
    fileprivate var outcome: String? {
        switch self {
        case .accepted: "accepted"
        case .failed(let error): error.kind.name
        default: nil
        }
    }
}
