// SPDX-License-Identifier: Apache-2.0
import Delivery
import Foundation
import GatewayTesting
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(5))) struct ProviderConformanceTests {
    @Test func serviceInMemoryKeepsEveryLaw() async {
        let violations = await ProviderConformance { MemoryService() }.violations()
        #expect(violations == [])
    }

    /// Tests the suite itself: exactly one law catches a provider that breaks that law.
    @Test(arguments: ProviderConformance.Law.allCases)
    func suiteCatches(_ law: ProviderConformance.Law) async {
        // The mutant that ignores its cancellation ends later than this. The others have as long as they need.
        let patience = law == .cancellationEndsTheAttempt ? Duration.milliseconds(500) : .seconds(60)
        let suite = ProviderConformance(patience: patience) { MemoryService(breaking: law) }
        #expect(await suite.violations() == [law])
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

    @Test func graphKeepsEveryLaw() async {
        #expect(await ProviderConformance { try GraphUnderTest() }.violations() == [])
    }

    @Test func chaosThatIsStillKeepsEveryLaw() async {
        #expect(await ProviderConformance { ChaosUnderTest() }.violations() == [])
    }
}
