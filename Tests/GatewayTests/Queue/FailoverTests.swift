// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import Delivery
@testable import Queue

/// The events of a message about the providers that did not accept it.
@Suite struct FailoverTests {
    private static let two = [
        (name: "gmail", limits: ProviderLimits(concurrency: 4)),
        (name: "relay", limits: ProviderLimits(concurrency: 4)),
    ]

    private func record(_ message: QueuedMessage, _ settlements: [Settlement]) -> MessageRecord {
        var record = MessageRecord.fixture(
            NewMessage(
                id: message.id,
                state: .queued,
                priority: message.priority,
                routingKey: message.routingKey,
                due: message.due,
                holder: nil,
                createdAt: message.createdAt,
                expiresAt: nil,
                keyID: nil,
                request: message.request
            ),
            state: settlements.last?.state ?? .queued
        )
        record.provider = settlements.last?.provider
        record.events += settlements.flatMap(\.events)
        return record
    }

    @Test func mailThatPassesADeadProviderOverSaysWhy() throws {
        let bench = MachineBench(Self.two)
        bench.machine.note(.badPassword, provider: "gmail", now: bench.now)
        let message = bench.message()
        #expect(bench.admit([message]).attempts == ["m1@relay"])
        let sent = try #require(bench.end("m1", .accepted(Receipt(id: nil))).settlement)
        #expect(sent.events.map(\.kind) == [.failedOver, .attempted, .sent])
        #expect(sent.events[0].provider == "relay" && sent.events[0].detail?.hasPrefix("gmail is down: ") == true)
        let why = bench.machine.explain(record(message, [sent]), now: bench.now).why
        #expect(why.hasPrefix("relay took it; passed over: gmail is down: authentication (smtp.5.7.8)"), "\(why)")
    }

    @Test func mailThatWasTriedBeforeSaysWhatCameOfIt() throws {
        let bench = MachineBench(Self.two)
        let message = bench.message()
        _ = bench.admit([message])
        let first = try #require(bench.end("m1", .failed(.refusedConnection)).settlement)
        let second = try #require(bench.end("m1", .accepted(Receipt(id: nil))).settlement)
        #expect(second.events.map(\.kind) == [.attempted, .sent])
        let why = bench.machine.explain(record(message, [first, second]), now: bench.now).why
        #expect(why == "relay took it; gmail was tried before it: transient (smtp.connect): connection refused")
    }

    @Test func mailOfTheFirstProviderHasNothingToExplain() throws {
        let bench = MachineBench(Self.two)
        let message = bench.message()
        _ = bench.admit([message])
        let sent = try #require(bench.end("m1", .accepted(Receipt(id: nil))).settlement)
        #expect(bench.machine.explain(record(message, [sent]), now: bench.now).why == "gmail took it")
    }

    /// A value that cannot be read is logged once and is no outage, which would be over with the next answer.
    @Test func unreadableValueIsToldOnceAndIsNoOutage() {
        var outage = StoreOutage()
        let told = ["a", "a", "b"].map { outage.found(unreadable: $0, now: MachineBench.start) }
        #expect(told == [true, false, true] && outage.since == nil)
        #expect(outage.answered(now: MachineBench.start) == nil)
        let isNews = outage.found(unreadable: "a", now: MachineBench.start + .seconds(3599))
        let isNewsLater = outage.found(unreadable: "a", now: MachineBench.start + .seconds(3600))
        #expect(!isNews && isNewsLater)
    }

    /// The gateway logs an outage once per cause, and its end once.
    @Test func outageOfTheStoreIsToldOnceForEachCause() {
        var outage = StoreOutage()
        let now = MachineBench.start
        let early = outage.answered(now: now)
        let told = ["no route", "no route", "starting up", "starting up"].map { outage.failed($0, now: now) }
        let spans = [5, 6].map { outage.answered(now: now + .seconds($0)) }
        let again = outage.failed("starting up", now: now + .seconds(7))
        #expect(early == nil && told == [true, false, true, false] && spans == [.seconds(5), nil] && again)
    }
}
