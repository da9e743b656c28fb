// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import Testing

@Suite struct ConformanceTests {
    @Test(arguments: QueueStoreConformance.Law.allCases)
    func outboxKeeps(_ law: QueueStoreConformance.Law) async throws {
        let suite = QueueStoreConformance { try await StoreFile().underTest() }
        #expect(await suite.holds(law))
    }

    /// Tests the suite itself: exactly one law catches a store that breaks that law.
    @Test(arguments: QueueStoreConformance.Law.allCases)
    func outboxSuiteCatches(_ law: QueueStoreConformance.Law) async {
        let suite = QueueStoreConformance { QueueStoreMutant.wrap(try await StoreFile().underTest(), breaking: law) }
        #expect(await suite.violations() == [law])
    }

    @Test(arguments: DatabaseConformance.Law.allCases)
    func databaseKeeps(_ law: DatabaseConformance.Law) async throws {
        let suite = DatabaseConformance { [folder = StoreFolder()] in try StoreFile(in: folder).open() }
        #expect(await suite.holds(law))
    }

    @Test(arguments: DatabaseConformance.Law.allCases)
    func databaseSuiteCatches(_ law: DatabaseConformance.Law) async {
        let suite = DatabaseConformance { [folder = StoreFolder()] in
            DatabaseMutant(try StoreFile(in: folder).open(), breaking: law)
        }
        #expect(await suite.violations() == [law])
    }
}
