// SPDX-License-Identifier: Apache-2.0
import Queue

/// Laws about the events and errors in a message record.
extension QueueStoreUnderTest {
    func interruptedTriesCount() async throws -> Bool {
        let (first, other) = try await twoHolders()
        try await insert(OutboxSample.message(1, holder: first), OutboxSample.message(2, holder: first))
        let begun = try await outbox.begin(OutboxSample.id(1), at: "relay", holder: first, now: OutboxSample.start)
        guard begun else { return false }
        var takenOver: [String] = []
        for second in [10.0, 20, 31] {
            takenOver += try await queue.heartbeat(other, timeout: .seconds(30), now: OutboxSample.second(second))
        }
        let (tried, waiting) = (try await find(1), try await find(2))
        let event = tried?.events.last
        return takenOver == [OutboxSample.id(1)] && tried?.state == .queued && tried?.attempts == 1
            && tried?.provider == "relay" && event?.kind == .attempted && event?.provider == "relay"
            && event?.detail == "taken over from a gateway that died" && waiting?.attempts == 0
            && waiting?.events.map(\.kind) == [.accepted]
    }

    func sentMailShowsNoError() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        try await insert(OutboxSample.message(1, holder: holder))
        var failed = Settlement(
            id: OutboxSample.id(1),
            holder: holder,
            at: OutboxSample.start,
            state: .queued,
            due: OutboxSample.start,
            attempts: 1,
            passes: 1,
            events: []
        )
        failed.failure = MessageFailure(kind: "transient", code: "smtp.connect", detail: "refused")
        guard try await outbox.settle(failed), try await find(1)?.failure == failed.failure else { return false }
        guard try await claim(holder).count == 1, try await settle(1, holder, .sent) else { return false }
        let record = try await find(1)
        return record?.state == .sent && record?.failure == nil
    }

    func eventsNameThePerson() async throws -> Bool {
        try await insert(OutboxSample.message(1))
        let (id, now) = (OutboxSample.id(1), OutboxSample.second(1))
        guard try await archive.cancel(id, by: "key shop (key_1)", now: now) else { return false }
        guard try await archive.retry(id, by: "the command line", now: now) else { return false }
        let events = try await find(1)?.events.dropFirst() ?? []
        return events.map(\.kind) == [.cancelled, .released]
            && events.map(\.detail) == ["by key shop (key_1)", "tried again by the command line"]
    }
}
