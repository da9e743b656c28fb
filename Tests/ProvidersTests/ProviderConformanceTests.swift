// SPDX-License-Identifier: Apache-2.0
import Foundation
import Gateway
import GatewayTesting
import Testing

@testable import Providers

@Suite struct ProviderConformanceTests {
    @Test func serviceInMemoryKeepsEveryLaw() async {
        let violations = await ProviderConformance { MemoryService() }.violations()
        #expect(violations == [])
    }

    /// Guards the guard: a provider that breaks one law is caught by exactly that law.
    @Test(arguments: ProviderConformance.Law.allCases)
    func suiteCatches(_ law: ProviderConformance.Law) async {
        let violations = await ProviderConformance { MemoryService(breaking: law) }.violations()
        #expect(violations == [law])
    }

    @Test func captureKeepsEveryLaw() async {
        #expect(await ProviderConformance { try CaptureUnderTest() }.violations() == [])
    }

    @Test func commandKeepsEveryLaw() async {
        #expect(await ProviderConformance { try CommandUnderTest() }.violations() == [])
    }

    @Test func smtpKeepsEveryLaw() async {
        #expect(await ProviderConformance { try SMTPUnderTest() }.violations() == [])
    }

    @Test(arguments: [GmailDelivery.send, .draft])
    func gmailKeepsEveryLaw(delivery: GmailDelivery) async {
        #expect(await ProviderConformance { try GmailUnderTest(delivery) }.violations() == [])
    }

    @Test func chaosThatIsStillKeepsEveryLaw() async {
        #expect(await ProviderConformance { ChaosUnderTest() }.violations() == [])
    }
}
