// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import Testing

/// The laws of the stores, on a real server.
@Suite struct PostgresConformanceTests {
    @Test(arguments: QueueStoreConformance.Law.allCases)
    func outboxKeeps(_ law: QueueStoreConformance.Law) async throws {
        let suite = QueueStoreConformance { try await PostgresStore().underTest() }
        #expect(await suite.holds(law))
    }

    @Test(arguments: DatabaseConformance.Law.allCases)
    func databaseKeeps(_ law: DatabaseConformance.Law) async throws {
        let suite = DatabaseConformance { try await PostgresStore(isMigrated: false).open() }
        #expect(await suite.holds(law))
    }
}
