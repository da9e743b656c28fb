// SPDX-License-Identifier: Apache-2.0
import Delivery
import Providers
import Testing

@Suite struct CatalogTests {
    @Test func everyKindHasANameOfItsOwnAndIsExplained() {
        #expect(Set(builtInProviders.map(\.name)).count == builtInProviders.count)
        #expect(builtInProviders.map(\.name) == builtInProviders.map(\.name).sorted())
        #expect(builtInProviders.allSatisfy { !$0.summary.isEmpty && ($0.isCapture || !$0.sample.isEmpty) })
        #expect(builtInProviders.filter(\.isCapture).map(\.name) == ["capture"])
    }

    @Test func captureTakesEverything() async throws {
        let provider = try ProviderKind.capture.provider(SampleSettings.map([]).reader, .sample())
        #expect(try await provider.send(sampleMessage()) == Receipt(id: "captured-m1"))
        try await provider.probe()
    }
}
