// SPDX-License-Identifier: Apache-2.0
import Mail
import Queue

extension QueueStoreUnderTest {
    func settlingIsFenced() async throws -> Bool {
        let (first, second) = try await twoHolders()
        try await insert(OutboxSample.message(1, holder: first))
        let foreign = try await settle(1, second, .sent)
        let untouched = try await find(1)
        let own = try await settle(1, first, .sent)
        let again = try await settle(1, first, .failed)
        let final = try await state(1)
        return !foreign && untouched?.state == .queued && untouched?.attempts == 0 && untouched?.events.count == 1
            && own && !again && final == .sent
    }

    func settlementIsWritten() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        try await insert(OutboxSample.message(1, holder: holder))
        var settlement = Settlement(
            id: OutboxSample.id(1),
            holder: holder,
            at: OutboxSample.second(3),
            state: .queued,
            due: OutboxSample.second(60),
            attempts: 2,
            passes: 1,
            events: [
                MessageEvent(at: OutboxSample.second(1), kind: .attempted, provider: "relay", detail: "421 'later'"),
                MessageEvent(at: OutboxSample.second(1), kind: .deferred),
            ]
        )
        settlement.failure = MessageFailure(kind: "transient", code: "smtp.421", detail: "come \"later\"")
        settlement.recipients = [
            RecipientStatus(address: OutboxSample.address("Ana1"), kind: .to, state: .refused, detail: "no \"thanks\"")
        ]
        settlement.provider = "relay"
        settlement.usage = UsageDay(provider: "relay", day: "2027-01-15")
        guard try await outbox.settle(settlement), let record = try await find(1) else { return false }
        let usage = try await queue.usage("2027-01-15")
        let early = try await claim(holder, now: OutboxSample.second(59))
        let back = try await claim(holder, now: OutboxSample.second(60))
        return record.state == .queued && record.due == settlement.due && record.updatedAt == settlement.at
            && record.attempts == 2 && record.passes == 1 && record.failure == settlement.failure
            && record.provider == "relay" && record.recipients == settlement.recipients
            && Array(record.events.dropFirst()) == settlement.events && usage == ["relay": 1]
            && early.isEmpty && back.map(\.attempts) == [2] && back.map(\.recipients) == [settlement.recipients]
    }

    func secretsAreWiped() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        let held: [MessageState] = [.queued, .parked, .uncertain]
        let final: [MessageState] = [.sent, .failed, .expired, .suppressed, .discarded]
        for (number, state) in (held + final).enumerated() {
            try await insert(OutboxSample.message(number, holder: holder))
            guard try await settle(number, holder, state) else { return false }
            guard (try await find(number)?.sealedSecrets == nil) == final.contains(state) else { return false }
        }
        _ = try await archive.cancel(OutboxSample.id(0), by: nil, now: OutboxSample.second(1))
        return try await find(0)?.sealedSecrets == nil
    }

    func failoverKeepsTheLease() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        try await insert(OutboxSample.message(1, holder: holder))
        guard try await outbox.begin(OutboxSample.id(1), at: "relay", holder: holder, now: OutboxSample.start) else {
            return false
        }
        var settlement = Settlement(
            id: OutboxSample.id(1),
            holder: holder,
            at: OutboxSample.second(1),
            state: .queued,
            attempts: 1,
            passes: 0,
            events: [MessageEvent(at: OutboxSample.second(1), kind: .failedOver, provider: "relay")]
        )
        settlement.keepsLease = true
        let first = try await outbox.settle(settlement)
        let claimed = try await claim(holder, now: OutboxSample.second(9))
        let between = try await (state(1), kinds(1))
        let last = try await settle(1, holder, .sent, at: OutboxSample.second(2))
        let events = try await kinds(1)
        return first && claimed.isEmpty && between == (.queued, [.accepted, .failedOver]) && last
            && events == [.accepted, .failedOver, .attempted]
    }

    func retryStartsAnew() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        for (number, state) in [MessageState.failed, .uncertain, .parked, .sent].enumerated() {
            let message = OutboxSample.message(number, holder: holder)
            try await insert(message)
            let refused = message.request.recipients.map {
                RecipientStatus(address: $0.mailbox.address, kind: $0.kind, state: .refused, detail: "no")
            }
            guard try await settle(number, holder, state, recipients: refused) else { return false }
        }
        var retried: [Bool] = []
        for number in 0..<5 {
            retried.append(try await archive.retry(OutboxSample.id(number), by: nil, now: OutboxSample.second(90)))
        }
        let claimed = try await claim(holder, now: OutboxSample.second(90))
        return retried == [true, true, true, false, false]
            && Set(claimed.map(\.id)) == Set((0..<3).map(OutboxSample.id))
            && claimed.allSatisfy { $0.agedFrom == OutboxSample.second(90) && $0.passes == 0 && $0.attempts == 1 }
            && claimed.flatMap(\.recipients).allSatisfy { $0.state == .pending && $0.detail == nil }
    }
    func scheduledMailCanBeMoved() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        for number in 0..<3 {
            let due = OutboxSample.second(number == 2 ? 0 : 60)
            try await insert(OutboxSample.message(number, due: due, holder: number == 2 ? holder : nil))
        }
        let times = [OutboxSample.second(120), OutboxSample.second(30), OutboxSample.second(120)]
        var moved: [Bool] = []
        for (number, time) in times.enumerated() {
            let id = OutboxSample.id(number)
            moved.append(try await archive.reschedule(id, to: time, by: "key shop", now: OutboxSample.second(1)))
        }
        let events = try await find(0)?.events.dropFirst() ?? []
        let early = try await claim(holder, now: OutboxSample.second(30))
        let between = try await claim(holder, now: OutboxSample.second(119))
        let late = try await claim(holder, now: OutboxSample.second(120))
        return moved == [true, true, false] && early.map(\.id) == [OutboxSample.id(1)] && between.isEmpty
            && late.map(\.id) == [OutboxSample.id(0)] && late.first?.request.sendAt == times[0]
            && late.first?.agedFrom == times[0] && events.map(\.kind) == [.deferred]
            && events.first?.detail == "rescheduled to \(times[0]) by key shop"
    }
}
