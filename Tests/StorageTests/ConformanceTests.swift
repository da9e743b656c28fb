// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import Testing

@Suite struct ConformanceTests {
    @Test(arguments: OutboxConformance.Law.allCases)
    func outboxKeeps(_ law: OutboxConformance.Law) async throws {
        let suite = OutboxConformance { try await StoreFile().underTest() }
        #expect(await suite.holds(law))
    }

    /// Guards the guard: a store that breaks one law is caught by exactly that law.
    @Test(arguments: OutboxConformance.Law.allCases)
    func outboxSuiteCatches(_ law: OutboxConformance.Law) async {
        let suite = OutboxConformance { OutboxMutant.wrap(try await StoreFile().underTest(), breaking: law) }
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
