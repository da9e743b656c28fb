// SPDX-License-Identifier: Apache-2.0
import Queue

extension QueueStoreUnderTest {
    func pagesJoin() async throws -> Bool {
        for number in 0..<25 { try await insert(OutboxSample.message(number)) }
        var filter = MessageFilter(limit: 10)
        var pages: [[String]] = []
        repeat {
            pages.append(try await archive.list(filter).map(\.id))
            filter.after = pages.last?.last
        } while filter.after != nil && pages.count < 9
        return pages.map(\.count) == [10, 10, 5, 0] && pages.flatMap { $0 } == (0..<25).reversed().map(OutboxSample.id)
    }

    func filtersFilter() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        let east = RoutingKey(brand: "east", category: nil, pin: nil)
        try await insert(OutboxSample.message(1, holder: holder), OutboxSample.message(2, holder: holder))
        try await insert(OutboxSample.message(3), OutboxSample.message(4, routingKey: east))
        guard try await settle(1, holder, .failed) else { return false }
        let expected: [(WritableFilter, [Int])] = [
            ({ $0.states = [.queued] }, [4, 3, 2]), ({ $0.states = [.failed, .sent] }, [1]),
            ({ $0.states = [] }, []), ({ $0.brand = "east" }, [4]), ({ $0.category = "receipt" }, [3, 2, 1]),
            ({ $0.visibleBrands = ["west"] }, [3, 2, 1]), ({ $0.visibleBrands = [] }, []),
            ({ $0.to = OutboxSample.address("aNA3") }, [3]), ({ $0.to = OutboxSample.address("nobody") }, []),
            ({ $0.provider = "relay" }, []),
            (
                {
                    $0.to = OutboxSample.address("ana2")
                    $0.states = [.queued, .failed]
                }, [2]
            ),
        ]
        for (set, numbers) in expected {
            var filter = MessageFilter()
            set(&filter)
            guard try await archive.list(filter).map(\.id) == numbers.map(OutboxSample.id) else { return false }
        }
        return true
    }

    private typealias WritableFilter = (inout MessageFilter) -> Void

    func parkedMailDoesNotAge() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        for number in 0..<3 {
            try await insert(OutboxSample.message(number, due: OutboxSample.second(Double(3 - number))))
        }
        // Leased and released: the message is now queued and no longer scheduled.
        for message in try await claim(holder, now: OutboxSample.second(3)) {
            let number = [0, 1, 2].first { OutboxSample.id($0) == message.id } ?? 9
            _ = try await settle(number, holder, .queued, at: OutboxSample.second(3), due: message.due)
        }
        let parked = try await queue.park(
            OutboxSample.routingKey,
            limit: 9,
            reason: "all down",
            now: OutboxSample.second(4)
        )
        let waiting = try await claim(holder, now: OutboxSample.second(50))
        let routingKeys = try await queue.parkedStreams()
        let first = try await queue.release(OutboxSample.routingKey, limit: 1, now: OutboxSample.second(104))
        let oldest = try await claim(holder, now: OutboxSample.second(104))
        let rest = try await queue.release(OutboxSample.routingKey, limit: 9, now: OutboxSample.second(104))
        let (events, none) = try await (kinds(0), queue.parkedStreams())
        return parked == 3 && waiting.isEmpty && routingKeys == [OutboxSample.routingKey] && first == 1 && rest == 2
            && oldest.map(\.id) == [OutboxSample.id(2)] && oldest.map(\.agedFrom) == [OutboxSample.second(101)]
            && events == [.accepted, .attempted, .parked, .released] && none.isEmpty
    }

    func waitingMailExpires() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        let end = OutboxSample.second(10)
        try await insert(OutboxSample.message(1, expiresAt: end), OutboxSample.message(2))
        try await insert(OutboxSample.message(3, holder: holder, expiresAt: end))
        let early = try await queue.expire(limit: 9, now: OutboxSample.second(9.999))
        let late = try await queue.expire(limit: 9, now: end)
        let states = try await [state(1), state(2), state(3)]
        let events = try await kinds(1)
        return early == 0 && late == 1 && states == [.expired, .queued, .queued] && events == [.accepted, .expired]
    }

    func outageIsNoAge() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        try await insert(OutboxSample.message(1), OutboxSample.message(2, holder: holder))
        try await queue.heartbeat(holder, timeout: .seconds(30), now: OutboxSample.second(100))
        let next = try await queue.register(now: OutboxSample.second(700)).holder
        for second in stride(from: 700, through: 700 + takeover, by: 5) {
            try await queue.heartbeat(next, timeout: .seconds(20), now: OutboxSample.second(Double(second)))
        }
        let claimed = try await claim(next, now: OutboxSample.second(Double(700 + takeover)))
        return claimed.count == 2 && claimed.allSatisfy { $0.agedFrom == OutboxSample.second(600) }
    }

    func purgeDropsTheOld() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        for number in 0..<3 { try await insert(OutboxSample.message(number, holder: holder)) }
        try await insert(OutboxSample.message(3))
        for number in 0..<3 {
            _ = try await settle(number, holder, .sent, at: OutboxSample.second(number == 2 ? 5000 : 100))
        }
        let day = OutboxSample.second(4000)
        while try await queue.purge(contentBefore: day, messagesBefore: OutboxSample.start, now: day) {}
        let contents = try await (0..<4).asyncMap { try await find($0)?.request != nil }
        let later = OutboxSample.second(9000)
        while try await queue.purge(contentBefore: later, messagesBefore: day, now: later) {}
        let messages = try await (0..<4).asyncMap { try await find($0) != nil }
        let version = try await self.contents.templateVersion(OutboxSample.version)
        let retried = try await archive.retry(OutboxSample.id(2), by: nil, now: later)
        let claimed = try await claim(holder, now: later)
        return contents == [false, false, true, true] && messages == [false, false, true, true] && !retried
            && version != nil && claimed.map(\.id) == [OutboxSample.id(3)]
    }
}

extension Sequence {
    fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async throws -> [T] {
        var values: [T] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
