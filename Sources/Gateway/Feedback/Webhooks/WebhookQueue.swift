// SPDX-License-Identifier: Apache-2.0
package import Basics

/// Decides what one endpoint gets next: a pure value that the shell asks and tells.
///
/// The events of the log are the queue. The machine reads them after a position, tries them one at a time in their
/// order, and keeps those that failed for later tries. ``takeProgress()`` returns what has to be stored: the
/// settled deliveries, and the cursor from which a restart goes on.
package struct WebhookQueue: Sendable {
    package enum Action: Sendable, Hashable {
        /// Read events after a sequence number, and call ``loaded(_:next:)``.
        case load(after: Int64, limit: Int)
        /// Make a call, and tell its outcome to ``finished(_:_:now:chance:)``.
        case attempt(WebhookDelivery)
        /// Store the progress, switch the endpoint off, and ask no more.
        case disable(String)
        /// Nothing to do before the time, nil for as long as nothing happens.
        case wait(until: Timestamp?)
    }

    /// The waits after the first try, the second, and so on.
    package static let schedule: [Duration] = [
        .seconds(5), .seconds(300), .seconds(1800), .seconds(2 * 3600), .seconds(5 * 3600), .seconds(10 * 3600),
        .seconds(14 * 3600), .seconds(20 * 3600), .seconds(24 * 3600),
    ]
    /// How much a wait may be shorter or longer than the schedule says.
    static let jitter = 0.1
    /// An event holds up the later ones for so many tries.
    static let holdingTries = 3
    /// Without a good answer for this long, the endpoint is down.
    package static let downAfter = Duration.seconds(3600)
    /// Without a good answer for this long, the endpoint is disabled at the next bad one; older events are not sent
    /// once it is enabled again.
    package static let disabledAfter = Duration.seconds(5 * 86_400)
    /// A `Retry-After` counts up to this.
    private static let longestHold = Duration.seconds(86_400)
    /// How many events are read at once.
    private static let page = 500
    /// With so many deliveries to store, no further call is made.
    private static let mostUnsaved = 2000
    /// The cursor is stored for events that do not concern the endpoint after so many of them.
    private static let silentSteps: Int64 = 10_000

    private let skip: WebhookSkip?
    /// Every event up to it is in ``fresh``, was tried, or does not concern the endpoint.
    private var position: Int64
    private var savedCursor: Int64
    private var isAtEnd = false
    private var isLoading = false
    /// The log has grown since the last read began.
    private var hasNews = false
    /// Events that were not tried yet, in their order.
    private var fresh = FreshEvents()
    /// Events whose tries failed, in their order.
    private var retries: [WebhookDelivery] = []
    private var running: Set<Int64> = []
    private var heldUntil: Timestamp?
    private var ending: String?
    private var unsaved: [Int64: WebhookDelivery] = [:]
    private var isFailureUnsaved = false
    /// When the first bad answer came after the last good one.
    package private(set) var failingSince: Timestamp?

    /// Goes on where the store says; `pending` are the deliveries that had a try.
    package init(_ record: WebhookRecord, pending: [WebhookDelivery]) {
        skip = record.skip
        position = record.cursor
        savedCursor = record.cursor
        failingSince = record.failingSince
        retries = pending.sorted { $0.sequence < $1.sequence }
    }

    /// True when the endpoint has given no good answer for an hour.
    package func isDown(now: Timestamp) -> Bool { failingSince.map { now - $0 >= Self.downAfter } ?? false }

    /// When the oldest event happened that is known and not delivered; nil when there is none.
    package var oldest: Timestamp? {
        [retries.map(\.at).min(), fresh.first?.at].compactMap(\.self).min()
    }

    /// True while a call is under way.
    package var isRunning: Bool { !running.isEmpty }

    /// What to do now; call it again after each action and each change until it waits.
    package mutating func next(now: Timestamp) -> Action {
        if let ending { return running.isEmpty ? .disable(ending) : .wait(until: nil) }
        if let heldUntil, now < heldUntil { return .wait(until: heldUntil) }
        guard unsaved.count < Self.mostUnsaved else { return .wait(until: nil) }
        if let action = front(now: now) ?? late(now: now) ?? read() { return action }
        // What is due now waits for a call under way, whose end is the next change.
        let due = retries.compactMap { running.contains($0.sequence) || $0.due <= now ? nil : $0.due }.min()
        return .wait(until: due)
    }

    /// The event that holds up the later ones, else the first that was not tried; one at a time, so that they arrive
    /// in order.
    private mutating func front(now: Timestamp) -> Action? {
        if let head = retries.first(where: { $0.attempts < Self.holdingTries }) {
            guard !running.contains(head.sequence), head.due <= now else { return nil }
            return attempt(head)
        }
        guard let first = fresh.first, !running.contains(first.sequence) else { return nil }
        return attempt(first)
    }

    /// Reads on before the last event that was read is tried, unless an event holds up the others.
    private mutating func read() -> Action? {
        guard !isAtEnd, !isLoading, fresh.count <= Self.page / 2,
            !retries.contains(where: { $0.attempts < Self.holdingTries })
        else { return nil }
        (isLoading, hasNews) = (true, false)
        return .load(after: position, limit: Self.page)
    }

    /// A later try of an event that holds up no other; one at a time.
    private mutating func late(now: Timestamp) -> Action? {
        var first: WebhookDelivery?
        for delivery in retries where delivery.attempts >= Self.holdingTries {
            if running.contains(delivery.sequence) { return nil }
            if delivery.due <= now, delivery.due < first?.due ?? .distantFuture { first = delivery }
        }
        return first.map { attempt($0) }
    }

    private mutating func attempt(_ delivery: WebhookDelivery) -> Action {
        running.insert(delivery.sequence)
        return .attempt(delivery)
    }

    /// Takes the answer to ``Action/load(after:limit:)``: the events that concern the endpoint, and the position
    /// reached.
    package mutating func loaded(_ deliveries: [WebhookDelivery], next: Int64) {
        isLoading = false
        isAtEnd = next <= position && !hasNews
        position = max(position, next)
        let tried = Set(retries.map(\.sequence))
        for delivery in deliveries where !tried.contains(delivery.sequence) && !isSkipped(delivery) {
            fresh.append(delivery)
        }
    }

    /// Records that the events could not be read; the next call of ``next(now:)`` asks again.
    package mutating func loadFailed() { isLoading = false }

    /// Records that the log has more events.
    package mutating func appended() {
        (isAtEnd, hasNews) = (false, true)
    }

    private func isSkipped(_ delivery: WebhookDelivery) -> Bool {
        skip.map { delivery.sequence <= $0.through && delivery.at < $0.before } ?? false
    }

    /// Takes the outcome of a call; `chance` is a random number in 0..<1.
    package mutating func finished(_ sequence: Int64, _ outcome: WebhookOutcome, now: Timestamp, chance: Double) {
        guard running.remove(sequence) != nil, var delivery = take(sequence) else { return }
        delivery.attempts += 1
        (delivery.status, delivery.lastError, delivery.updatedAt) = (outcome.status, outcome.error, now)
        if outcome.isSuccess {
            (delivery.state, delivery.nextAt, delivery.body) = (.delivered, nil, [])
            setFailing(nil)
        } else {
            setFailing(failingSince ?? now)
            fail(&delivery, outcome, now: now, chance: chance)
        }
        unsaved[sequence] = delivery
    }

    /// Forgets that a call was under way, such as one that a shutdown ended; it is made again.
    package mutating func cancelled(_ sequence: Int64) { running.remove(sequence) }

    private mutating func take(_ sequence: Int64) -> WebhookDelivery? {
        if let place = retries.firstIndex(where: { $0.sequence == sequence }) { return retries.remove(at: place) }
        return fresh.first?.sequence == sequence ? fresh.popFirst() : nil
    }

    private mutating func fail(
        _ delivery: inout WebhookDelivery,
        _ outcome: WebhookOutcome,
        now: Timestamp,
        chance: Double
    ) {
        let wait = outcome.retryAfter.map { min($0, Self.longestHold) }
        if let wait { heldUntil = now + wait }
        if outcome.isGone {
            ending = "the receiver answered that it is gone (status 410)"
        } else if let failingSince, now - failingSince >= Self.disabledAfter {
            ending = "the receiver has given no good answer since \(failingSince)"
        }
        guard delivery.attempts <= Self.schedule.count else {
            (delivery.state, delivery.nextAt, delivery.body) = (.failed, nil, [])
            return
        }
        let usual = Self.schedule[delivery.attempts - 1] * (1 - Self.jitter + 2 * Self.jitter * chance)
        delivery.nextAt = now + max(usual, wait ?? .zero)
        let place = retries.firstIndex { $0.sequence > delivery.sequence } ?? retries.endIndex
        retries.insert(delivery, at: place)
    }

    private mutating func setFailing(_ since: Timestamp?) {
        guard since != failingSince else { return }
        failingSince = since
        isFailureUnsaved = true
    }

    /// What has to be stored since the last call; nil when nothing is worth a commit yet.
    ///
    /// The cursor alone is worth one after many events only.
    package mutating func takeProgress() -> WebhookProgress? {
        let isWorthIt = !unsaved.isEmpty || isFailureUnsaved || cursor - savedCursor >= Self.silentSteps
        return isWorthIt ? takeAll() : nil
    }

    /// What has to be stored when the work ends; nil when everything is.
    package mutating func takeRest() -> WebhookProgress? {
        !unsaved.isEmpty || isFailureUnsaved || cursor > savedCursor ? takeAll() : nil
    }

    /// Everything since the last call.
    package mutating func takeAll() -> WebhookProgress {
        defer { (unsaved, isFailureUnsaved, savedCursor) = ([:], false, cursor) }
        return WebhookProgress(
            deliveries: unsaved.values.sorted { $0.sequence < $1.sequence },
            cursor: cursor,
            failingSince: failingSince
        )
    }

    /// A restart goes on after it.
    private var cursor: Int64 { fresh.first.map { $0.sequence - 1 } ?? position }
}

extension WebhookDelivery {
    /// When the next try is due.
    fileprivate var due: Timestamp { nextAt ?? .distantPast }
}

/// Events in their order, of which the first leaves in constant time.
private struct FreshEvents: Sendable {
    private var events: [WebhookDelivery] = []
    private var taken = 0

    var count: Int { events.count - taken }

    var first: WebhookDelivery? { taken < events.count ? events[taken] : nil }

    mutating func append(_ event: WebhookDelivery) { events.append(event) }

    mutating func popFirst() -> WebhookDelivery? {
        guard let first else { return nil }
        taken += 1
        // Moving the rest up once for as many as were taken keeps the cost of each constant.
        if taken * 2 >= events.count {
            events.removeFirst(taken)
            taken = 0
        }
        return first
    }
}
