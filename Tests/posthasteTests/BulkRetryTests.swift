// SPDX-License-Identifier: Apache-2.0
import Basics
import Synchronization
import Testing

@testable import posthaste

@Suite struct BulkRetryTests {
    private static let ids = (0..<BulkRetry.pageSize + 50).map { "msg_\(1000 + $0)" }

    @Test func whatWasDoneBeforeTheStoreFailedIsKept() async {
        let asked = Mutex<Set<String>>([])
        let ids = Self.ids
        // Newest first, in the order of a search: the oldest page is done, the next one fails.
        let outcome = await BulkRetry.retry(ids.reversed()) { id throws(StoreError) in
            asked.withLock { _ = $0.insert(id) }
            if id == ids[BulkRetry.pageSize] { throw .unavailable("database is locked") }
            return id != ids[0]
        }
        #expect(outcome.retried == Array(ids[1...].filter { $0 != ids[BulkRetry.pageSize] }))
        #expect(outcome.failure?.lines == ["the store cannot be used: database is locked"])
        #expect(asked.withLock(\.count) == ids.count)
    }

    @Test func storeThatFailsIsAskedForNoFurtherPage() async {
        let asked = Mutex(0)
        let outcome = await BulkRetry.retry(Self.ids) { _ throws(StoreError) in
            asked.withLock { $0 += 1 }
            throw .unavailable("database is locked")
        }
        #expect(outcome.retried == [] && outcome.found == Self.ids && outcome.failure != nil)
        #expect(asked.withLock(\.self) == BulkRetry.pageSize)
    }
}
