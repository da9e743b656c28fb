// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Feedback
import Mail
import Queue
import SQL
import Testing

@testable import Storage

@Suite struct FeedbackStoreTests {
    private let now = StoreFile.now
    private let ana = EmailAddress(checkedLocal: "ana1", checkedDomain: "example.org")

    private static func event(
        _ kind: FeedbackEvent.Kind,
        _ id: String,
        message: String? = Sample.id(1),
        provider: String? = nil,
        recipient: EmailAddress? = nil
    ) -> FeedbackEvent {
        FeedbackEvent(
            kind,
            id: id,
            at: StoreFile.now + .seconds(1),
            messageID: message,
            providerMessageID: provider,
            recipient: recipient,
            code: kind == .bounced(.hard) ? EnhancedStatusCode(5, 1, 1) : nil,
            detail: "words of the service"
        )
    }

    /// Message 1 is leased; `outcome` is what is settled, if anything.
    private func store(
        _ place: any StorePlace,
        _ outcome: MessageState?,
        list: String? = nil
    ) async throws -> (SQLStores, LeaseHolder) {
        let stores = try await place.stores()
        stores.messages.reporting.set(["ses"])
        let holder = try await stores.messages.register(now: now).holder
        var message = Sample.message(1, holder: holder)
        message.request.list = list
        try await stores.messages.insert([message])
        if let outcome { try await settle(stores, holder, outcome) }
        return (stores, holder)
    }

    private func settle(_ stores: SQLStores, _ holder: LeaseHolder, _ state: MessageState) async throws {
        let event = MessageEvent(at: now, kind: state == .sent ? .sent : .uncertain, provider: "ses")
        var settlement = Settlement(
            id: Sample.id(1),
            holder: holder,
            at: now + .milliseconds(40),
            state: state,
            attempts: 1,
            passes: 0,
            events: [event]
        )
        settlement.provider = "ses"
        settlement.providerMessageID = state == .sent ? "0107-x" : nil
        let status = RecipientStatus(address: ana, kind: .to, state: state == .sent ? .sent : .pending)
        settlement.recipients = [status]
        #expect(try await stores.messages.settle(settlement))
    }

    private func process(
        _ stores: SQLStores,
        _ policy: FeedbackPolicy = FeedbackPolicy(),
        after: Duration = .seconds(2)
    ) async throws -> FeedbackResult {
        try await stores.feedback.process(limit: 100, policy: policy, now: now + after)
    }

    @Test(arguments: Engine.allCases)
    func hardBounceIsStoredWithTheMessageAndSuppresses(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let (stores, _) = try await store(place, .sent)
        // By the provider's id alone, and twice: the second changes nothing.
        let bounce = Self.event(.bounced(.hard), "b1", message: nil, provider: "0107-x")
        try await stores.feedback.add([bounce, bounce], of: "ses", now: now)
        try await stores.feedback.add([bounce], of: "ses", now: now)
        #expect(try await process(stores).applied.map(\.kind) == [.bounced])
        try await stores.feedback.add([bounce], of: "ses", now: now)
        #expect(try await process(stores).count == 0)
        let record = try #require(try await stores.messages.find(Sample.id(1)))
        #expect(record.state == .bounced)
        #expect(record.recipients.map(\.state) == [.bounced])
        let last = try #require(record.events.last)
        #expect(record.events.map(\.kind) == [.accepted, .sent, .bounced])
        #expect(last.recipient == ana && last.bounceClass == .hard && last.provider == "ses")
        #expect(last.detail == "5.1.1 words of the service")
        let entry = try #require(try await stores.suppressions.find([ana], list: nil, now: now).first)
        #expect(entry.reason == .bounce)
        #expect(entry.source == Suppression.Source(event: .bounced, provider: "ses", message: Sample.id(1)))
    }

    @Test(arguments: Engine.allCases)
    func eventOfAnotherProviderWithTheSameIDFindsNothing(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let (stores, _) = try await store(place, .sent)
        try await stores.feedback.add(
            [Self.event(.delivered, "d", message: nil, provider: "0107-x")],
            of: "other",
            now: now
        )
        #expect(try await process(stores).waiting == 1)
        let end = try await process(stores, after: .seconds(16 * 60))
        #expect(end.unmatched == ["other"])
        #expect(try await process(stores, after: .seconds(17 * 60)).count == 0)
    }

    @Test(arguments: Engine.allCases)
    func eventWaitsForTheOutcomeThatItOvertook(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let (stores, holder) = try await store(place, nil)
        try await stores.feedback.add([Self.event(.delivered, "d", recipient: ana)], of: "ses", now: now)
        #expect(try await process(stores).waiting == 1)
        try await settle(stores, holder, .sent)
        #expect(try await process(stores, after: .seconds(60)).applied.count == 1)
        #expect(try await stores.messages.find(Sample.id(1))?.state == .delivered)
    }

    @Test(arguments: Engine.allCases)
    func eventSettlesAnUncertainMessage(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let (stores, _) = try await store(place, .uncertain)
        try await stores.feedback.add([Self.event(.opened, "o")], of: "ses", now: now)
        _ = try await process(stores)
        let record = try #require(try await stores.messages.find(Sample.id(1)))
        #expect(record.state == .sent && record.failure == nil)
        #expect(record.recipients.map(\.state) == [.sent])
        #expect(record.events.map(\.kind) == [.accepted, .uncertain, .sent, .opened])
        #expect(try await !stores.messages.cancel(Sample.id(1), by: nil, now: now))
    }

    @Test(arguments: Engine.allCases)
    func softBouncesSuppressFromTheFifthOn(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let (stores, holder) = try await store(place, nil)
        for number in 2...6 {
            var message = Sample.message(number, holder: holder)
            message.request.recipients = [Recipient(Mailbox(ana))]
            try await stores.messages.insert([message])
            let sent = Settlement(
                id: message.id,
                holder: holder,
                at: now,
                state: .sent,
                attempts: 1,
                passes: 0,
                events: []
            )
            #expect(try await stores.messages.settle(sent))
            let kind = FeedbackEvent.Kind.bounced(.soft)
            // The second report of one message does not count.
            let events = [
                Self.event(kind, "\(number)", message: message.id), Self.event(kind, "\(number)x", message: message.id),
            ]
            try await stores.feedback.add(events, of: "ses", now: now)
            _ = try await process(stores)
            let isSuppressed = try await !stores.suppressions.find([ana], list: nil, now: now).isEmpty
            #expect(isSuppressed == (number == 6))
        }
    }

    @Test(arguments: Engine.allCases)
    func policyDecidesWhatSuppresses(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let (stores, _) = try await store(place, .sent, list: "news")
        var policy = FeedbackPolicy()
        policy.hardBounces = false
        policy.expiry[.unsubscribe] = .seconds(60)
        let kinds: [FeedbackEvent.Kind] = [.bounced(.policy), .bounced(.suppressed), .bounced(.hard), .unsubscribed]
        for kind in kinds {
            try await stores.feedback.add([Self.event(kind, "\(kind)", recipient: ana)], of: "ses", now: now)
        }
        #expect(try await process(stores, policy).suppressed == 1)
        #expect(try await stores.suppressions.find([ana], list: nil, now: now) == [])
        let entry = try #require(try await stores.suppressions.find([ana], list: "news", now: now).first)
        #expect(entry.reason == .unsubscribe && entry.list == "news")
        #expect(entry.expiresAt == now + .seconds(62))
    }

    @Test(arguments: Engine.allCases)
    func logHasTheEventsOfAllMessagesInOrder(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let (stores, _) = try await store(place, .sent, list: "news")
        try await stores.messages.insert([
            Sample.message(2, routingKey: RoutingKey(brand: "east", category: "c", pin: nil))
        ])
        let events = [Self.event(.delivered, "d", recipient: ana), Self.event(.opened, "o"), Self.event(.opened, "o2")]
        try await stores.feedback.add(events, of: "ses", now: now)
        _ = try await process(stores)
        let all = try await stores.events.events(after: 0, matching: EventFilter(), limit: 100)
        #expect(all.events.map(\.event.kind) == [.accepted, .sent, .accepted, .delivered, .opened, .opened])
        #expect(all.events.map(\.state) == [.queued, .sent, .queued, .delivered, .delivered, .delivered])
        #expect(all.events.map(\.sequence) == all.events.map(\.sequence).sorted())
        let delivered = all.events[3]
        #expect(delivered.list == "news" && delivered.provider == "ses" && delivered.providerMessageID == "0107-x")
        #expect(delivered.event.recipient == ana)
        #expect(try await stores.events.lastSequence() == all.next)
        // Pages continue where they ended, and filters leave nothing out.
        var (read, next) = ([Int64](), Int64(0))
        while true {
            let page = try await stores.events.events(after: next, matching: EventFilter(), limit: 2)
            guard page.next > next else { break }
            (read, next) = (read + page.events.map(\.sequence), page.next)
        }
        #expect(read == all.events.map(\.sequence))
        let filters = [
            EventFilter(kinds: [.opened]), EventFilter(brands: ["east"]), EventFilter(kinds: [], brands: nil),
        ]
        var counts: [Int] = []
        for filter in filters {
            counts.append(try await stores.events.events(after: 0, matching: filter, limit: 9).events.count)
        }
        #expect(counts == [2, 1, 0])
    }

    @Test(arguments: Engine.allCases)
    func figuresCountEachEventOnce(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let (stores, _) = try await store(place, .sent, list: "news")
        let events = [Self.event(.delivered, "d", recipient: ana), Self.event(.opened, "o"), Self.event(.opened, "o2")]
        try await stores.feedback.add(events, of: "ses", now: now)
        _ = try await process(stores)
        for _ in 0..<2 { try await stores.statistics.count() }
        for span in StatisticsSpan.allCases {
            let query = StatisticsQuery(span: span, from: now, to: now + .seconds(60), group: .list)
            let bucket = try #require(try await stores.statistics.buckets(query).first)
            #expect(bucket.key == "news" && bucket.at == span.start(of: now))
            let figures = StatisticsCounts.Figure.allCases.map { bucket.counts[$0] }
            #expect(figures == [1, 1, 1, 0, 0, 0, 1, 0])
            #expect(bucket.counts.latencies.percentile(0.5) == 0)
        }
        // Acceptance has no provider.
        let query = StatisticsQuery(span: .hour, from: now, to: now + .seconds(60), group: .provider)
        let buckets = try await stores.statistics.buckets(query)
        #expect(buckets.map(\.key) == ["ses"])
        #expect(buckets.map { $0.counts[.accepted] } == [0])
        let foreign = StatisticsQuery(span: .hour, from: now, to: now + .seconds(60), brands: ["other"])
        #expect(try await stores.statistics.buckets(foreign) == [])
    }

    @Test(arguments: Engine.allCases)
    func oldReportsAreForgotten(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let (stores, _) = try await store(place, .sent)
        try await stores.feedback.add(
            [Self.event(.bounced(.soft), "b"), Self.event(.delivered, "x", message: "none")],
            of: "ses",
            now: now
        )
        _ = try await process(stores)
        let policy = FeedbackPolicy()
        for days in [1, 30] {
            let later = now + .seconds(days * 86_400)
            let more = try await stores.feedback.forget(policy: policy, messagesBefore: later, now: later, limit: 100)
            #expect(!more)
        }
        let counts = ["provider_events", "provider_messages", "soft_bounces"].map { "SELECT count(*) FROM \($0)" }
        var left: [Int64?] = []
        for count in counts { left.append(try await stores.features.run(count, []).first?.int(0)) }
        // The event that waits for its message is not processed yet.
        #expect(left == [1, 0, 0])
    }
}
