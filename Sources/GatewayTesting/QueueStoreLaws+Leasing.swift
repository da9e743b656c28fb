// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue

extension QueueStoreUnderTest {
    func leaseIsExclusive() async throws -> Bool {
        let (first, second) = try await twoHolders()
        let messages = (0..<60).map { OutboxSample.message($0) }
        _ = try await outbox.insert(Insertion(messages: messages))
        let claimed = try await withThrowingTaskGroup(of: [QueuedMessage].self) { group in
            for number in 0..<20 {
                group.addTask { try await claim(number.isMultiple(of: 2) ? first : second, limit: 4) }
            }
            return try await group.reduce(into: []) { $0 += $1.map(\.id) }
        }
        return claimed.count == 60 && Set(claimed).count == 60
    }

    func dueIsHonoured() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        let due = Timestamp(milliseconds: OutboxSample.start.milliseconds + 5000)
        try await insert(OutboxSample.message(1, due: due))
        let before = try await claim(holder, now: Timestamp(milliseconds: due.milliseconds - 1))
        let then = try await claim(holder, now: due)
        return before.isEmpty && then.map(\.id) == [OutboxSample.id(1)] && then.map(\.due) == [due]
    }

    func oldestDueComesFirst() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        for (number, due) in [(1, 3.0), (2, 1.0), (3, 2.0), (4, 0.001)] {
            try await insert(OutboxSample.message(number, due: OutboxSample.second(due)))
        }
        let first = try await claim(holder, limit: 2, now: OutboxSample.second(5))
        let rest = try await claim(holder, limit: 9, now: OutboxSample.second(5))
        return (first + rest).map(\.id) == [4, 2, 3, 1].map(OutboxSample.id)
    }

    func streamsAndLanesAreApart() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        let pinned = RoutingKey(brand: "west", category: "receipt", pin: "relay")
        let plain = RoutingKey(brand: "west", category: nil, pin: nil)
        try await insert(
            OutboxSample.message(1),
            OutboxSample.message(2, priority: .bulk),
            OutboxSample.message(3, routingKey: pinned),
            OutboxSample.message(4, routingKey: plain)
        )
        let claims = try await [
            claim(holder), claim(holder, priority: .bulk), claim(holder, routingKey: pinned),
            claim(holder, routingKey: plain),
        ]
        return claims.map { $0.map(\.id) } == [1, 2, 3, 4].map { [OutboxSample.id($0)] }
            && claims.flatMap { $0.map(\.routingKey) } == [
                OutboxSample.routingKey, OutboxSample.routingKey, pinned, plain,
            ]
    }

    func cancelledIsNotBegun() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        try await insert(OutboxSample.message(1, holder: holder), OutboxSample.message(2, holder: holder))
        let cancelled = try await archive.cancel(OutboxSample.id(1), by: nil, now: OutboxSample.second(1))
        let begun = try await outbox.begin(OutboxSample.id(1), at: "relay", holder: holder, now: OutboxSample.second(2))
        let other = try await outbox.begin(OutboxSample.id(2), at: "relay", holder: holder, now: OutboxSample.second(2))
        let late = try await archive.cancel(OutboxSample.id(2), by: nil, now: OutboxSample.second(3))
        let states = try await (state(1), state(2))
        return cancelled && !begun && other && !late && states == (.cancelled, .sending)
    }

    func leasesOfTheDeadComeBack() async throws -> Bool {
        let (first, second) = try await twoHolders()
        try await insert(OutboxSample.message(1, holder: first), OutboxSample.message(2, holder: second))
        guard try await outbox.begin(OutboxSample.id(1), at: "relay", holder: first, now: OutboxSample.start) else {
            return false
        }
        try await queue.heartbeat(second, timeout: .seconds(30), now: OutboxSample.second(10))
        let early = try await claim(second, now: OutboxSample.second(10))
        // A gateway evaluates others only while its own heartbeat is current.
        try await queue.heartbeat(second, timeout: .seconds(30), now: OutboxSample.second(20))
        try await queue.heartbeat(second, timeout: .seconds(30), now: OutboxSample.second(31))
        let late = try await claim(second, now: OutboxSample.second(31))
        let begun = try await outbox.begin(OutboxSample.id(1), at: "relay", holder: first, now: OutboxSample.second(32))
        return early.isEmpty && late.map(\.id) == [OutboxSample.id(1)] && !begun
    }

    func headsAreEarliest() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        let other = RoutingKey(brand: "east", category: nil, pin: "relay")
        try await insert(
            OutboxSample.message(1, due: OutboxSample.second(5)),
            OutboxSample.message(2, due: OutboxSample.second(3)),
            OutboxSample.message(3, priority: .critical, due: OutboxSample.second(4)),
            OutboxSample.message(4, routingKey: other, due: OutboxSample.second(7)),
            OutboxSample.message(5, routingKey: other, priority: .bulk, holder: holder)
        )
        let heads = Set(try await queue.heads())
        return heads == [
            QueueHead(routingKey: OutboxSample.routingKey, priority: .normal, due: OutboxSample.second(3)),
            QueueHead(routingKey: OutboxSample.routingKey, priority: .critical, due: OutboxSample.second(4)),
            QueueHead(routingKey: other, priority: .normal, due: OutboxSample.second(7)),
        ]
    }
}
