// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Logging
internal import Mail
package import Monitoring
package import Queue
package import Submission
internal import Synchronization

/// Carries out the actions of fronts: submits, finds, lists and changes messages.
package final class FrontDesk: Sendable {
    /// The stored messages and what shows them.
    package struct Archive: Sendable {
        let messages: any MessageStore
        let suppressions: any SuppressionStore
        let view: any MessageViewing

        package init(messages: any MessageStore, suppressions: any SuppressionStore, view: any MessageViewing) {
            self.messages = messages
            self.suppressions = suppressions
            self.view = view
        }
    }

    /// What one call asks for.
    struct Task: Sendable {
        let front: any Front
        let action: FrontAction
        /// The call came without a key: it is only validated.
        let isRehearsal: Bool
    }

    let submission: MessageSubmission
    let archive: Archive
    private let dispatching: any Dispatching
    let shelf: TemplatesAPI.Shelf
    let metrics: Metrics
    let logger: Logger
    let clock: Clock
    /// The ignored fields that were logged, by the name of the front and their own.
    let logged = Mutex<Set<String>>([])

    /// `shelf` gives the current templates and the default brand.
    package init(
        submission: MessageSubmission,
        archive: Archive,
        dispatching: any Dispatching,
        shelf: @escaping TemplatesAPI.Shelf,
        metrics: Metrics,
        logger: Logger,
        clock: @escaping Clock
    ) {
        self.submission = submission
        self.archive = archive
        self.dispatching = dispatching
        self.shelf = shelf
        self.metrics = metrics
        self.logger = logger
        self.clock = clock
    }

    /// The brands that a key may use, in alphabetical order, and the default brand.
    func brands(of principal: Principal) -> ([MailBrand], defaultBrand: String) {
        let (templates, defaultBrand) = shelf()
        let names = templates.brandNames.filter { principal.sees(brand: $0) }
        return (names.compactMap { templates.brand($0) }, defaultBrand)
    }

    func perform(_ task: Task, _ call: FrontCall) async throws(Refusal) -> Reply {
        switch task.action {
        case .answer(let answer): return try answer(call)
        case .submit(let read, let write):
            let outcomes = try await submit(try read(call), task, call)
            var reply = write(outcomes, call)
            reply.messageIDs = outcomes.compactMap(\.result.id)
            return reply
        case .show(let write):
            let record = try await find(call)
            // A message that can no longer be rendered is shown without its content.
            let content = try? await archive.view.rendered(record, showingSecrets: false)
            return write(FrontRecord(record: record, content: content), call)
        case .list(let read, let write): return write(try await list(try read(call), call), call)
        case .change(let read, let write): return write(try await change(try read(call), call), call)
        }
    }

    private func find(_ call: FrontCall) async throws(Refusal) -> MessageRecord {
        guard let id = FrontID.message(call.parameter("id")) else { throw Refusal(.notFound) }
        let record = try await translating(Refusal.init) { () async throws(StoreError) in
            try await archive.messages.find(id)
        }
        guard let record, call.principal.sees(brand: record.brand) else { throw Refusal(.notFound) }
        return record
    }

    /// The most pages of the store that one call reads.
    private static let pageLimit = 20

    private func list(_ listing: FrontListing, _ call: FrontCall) async throws(Refusal) -> FrontPage {
        var filter = listing.filter
        filter.visibleBrands = call.principal.brands
        if let before = listing.before { filter.since = IDs.moment(of: before) }
        let wanted = listing.offset + filter.limit
        filter.limit = listing.before == nil ? min(wanted + 1, 200) : 200
        var records: [MessageRecord] = []
        for _ in 0..<Self.pageLimit {
            let page = try await translating(Refusal.init) { () async throws(StoreError) in
                try await archive.messages.page(filter)
            }
            records += page.records.filter { record in listing.before.map { record.id > $0 } ?? true }
            filter.after = page.next
            if page.next == nil || listing.before == nil && records.count > wanted { break }
        }
        let found = listing.before == nil ? records.prefix(wanted) : records.suffix(wanted)
        let shown = Array(found.dropFirst(listing.offset))
        var subjects: [String?] = []
        for record in shown { subjects.append(await subject(record)) }
        return FrontPage(
            records: shown,
            subjects: subjects,
            hasMore: records.count > wanted,
            offset: listing.offset
        )
    }

    private func subject(_ record: MessageRecord) async -> String? {
        if let subject = record.request?.content.subject { return subject }
        // A message that can no longer be rendered has no subject to show.
        return try? await archive.view.rendered(record, showingSecrets: false).subject
    }

    private func change(_ change: FrontChange, _ call: FrontCall) async throws(Refusal) -> MessageRecord {
        let record = try await find(call)
        let now = clock()
        if case .reschedule(let moment, let place) = change {
            let expiresAt = record.request?.expiresAt
            if let detail = SendRequestCheck.fault(ofSendAt: moment, expiresAt: expiresAt, now: now) {
                throw Refusal(.invalidRequest([Problem.Fault(place, detail)]))
            }
        }
        let isDone = try await translating(Refusal.init) { () async throws(StoreError) in
            switch change {
            case .cancel: try await archive.messages.cancel(record.id, by: call.principal.actor, now: now)
            case .reschedule(let moment, _):
                // A time that is past means at once: the message must not look as if it had waited since then.
                try await archive.messages.reschedule(
                    record.id,
                    to: max(moment, now),
                    by: call.principal.actor,
                    now: now
                )
            }
        }
        let after = try await find(call)
        guard isDone else { throw Refusal(.wrongState(Self.words(change, after.state))) }
        if case .reschedule(let moment, _) = change, let request = after.request {
            dispatching.stored(request.routingKey, priority: after.priority, due: max(moment, now))
        }
        return after
    }

    private static func words(_ change: FrontChange, _ state: MessageState) -> String {
        switch change {
        case .cancel:
            "A message can be cancelled from \(MessageState.cancellable.words); it is \(state.rawValue)."
        case .reschedule: "Only a scheduled message can get another time; this one is \(state.rawValue)."
        }
    }
}
