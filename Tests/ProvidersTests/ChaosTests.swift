// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Settings
import Testing

@testable import Providers

@Suite struct ChaosTests {
    private func attempt(_ fault: ChaosFault, _ service: MemoryService) async -> DeliveryError? {
        let provider = ChaosProvider(service.provider, plan: ChaosPlan([(fault, 1)])) { 0.5 }
        do throws(DeliveryError) {
            _ = try await provider.send(SampleMail.plain(1))
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        (ChaosFault.transient, DeliveryError.Kind.transient, 0), (.rateLimited, .rateLimited(retryAfter: nil), 0),
        (.authentication, .authentication, 0), (.misconfigured, .misconfigured, 0), (.rejected, .rejected, 0),
        (.uncertain, .uncertain, 0), (.uncertainAfterSend, .uncertain, 1),
    ])
    func eachFaultIsWhatItsNameSays(fault: ChaosFault, kind: DeliveryError.Kind, mails: Int) async {
        let service = MemoryService()
        let error = await attempt(fault, service)
        #expect(error?.kind == kind && error?.code == "chaos.\(fault.rawValue)")
        #expect(error?.scope == (kind == .rejected ? .message : .provider))
        #expect(await service.taken()?.count == mails)
    }

    @Test func aSlowSendGoesOut() async {
        var plan = ChaosPlan([(.slow, 1)])
        plan.slowBy = .milliseconds(1)
        let service = MemoryService()
        _ = try? await ChaosProvider(service.provider, plan: plan, chance: { 0 }).send(SampleMail.plain(1))
        #expect(await service.taken()?.count == 1)
    }

    @Test func faultsShareOutChanceByTheirRates() {
        let plan = ChaosPlan([(.transient, 0.25), (.rejected, 0.5)])
        #expect([0, 0.2499].allSatisfy { plan.fault($0) == .transient })
        #expect([0.25, 0.7499].allSatisfy { plan.fault($0) == .rejected })
        #expect([0.75, 0.9999].allSatisfy { plan.fault($0) == nil })
    }

    private func faults(_ settings: SampleSettings, isAllowed: Bool = true) -> [String] {
        let reader = settings.reader
        let sample = SampleProvider.sample(
            allowsChaos: isAllowed,
            wrapped: { inner in
                _ = inner.string("kind")
                return CaptureSettings()
            }
        )
        _ = ProviderKind.chaos.read(reader, sample.context)
        return reader.faults().map { $0.path + ($0.remedy?.contains("allow_chaos: true") == true ? " allow" : "") }
    }

    @Test func itIsRefusedUnlessAllowed() {
        let settings: SampleSettings = ["wraps": ["kind": "capture"], "rates": ["transient": "0.5"]]
        #expect(faults(settings) == [])
        #expect(faults(settings, isAllowed: false) == ["providers.p allow"])
    }

    @Test func theEventsOfTheWrappedProviderAreVerified() throws {
        let events: SampleSettings = ["username": "u", "password": "p"]
        let reader = (["wraps": ["api_key": "k", "events": events]] as SampleSettings).reader
        let sample = SampleProvider.sample(allowsChaos: true, wrapped: { SparkPostSettings($0) })
        let settings = try #require(ProviderKind.chaos.read(reader, sample.context))
        #expect(settings.events == .basic(username: "u", password: Secret("p")))
    }

    @Test func ratesAreParts() {
        #expect(
            faults(["wraps": ["kind": "capture"], "rates": ["transient": "1.1"]]) == ["providers.p.rates.transient"]
        )
        #expect(
            faults(["wraps": ["kind": "capture"], "rates": ["transient": "0.6", "slow": "0.6"]]) == [
                "providers.p.rates"
            ]
        )
        #expect(faults(["wraps": ["kind": "capture"], "rates": ["transent": "0.1"]]) == ["providers.p.rates.transent"])
        #expect(faults(["rates": ["transient": "0.1"]]) == ["providers.p"])
        #expect(faults(["wraps": ["kind": "capture", "limits": "x"]]) == ["providers.p.wraps.limits"])
    }
}
