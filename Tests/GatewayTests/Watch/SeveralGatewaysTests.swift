// SPDX-License-Identifier: Apache-2.0
import Queue
import Testing

@testable import Monitoring

/// Alerts across all gateways, and across a restart.
@Suite struct SeveralGatewaysTests {
    @Test func twoGatewaysOverOneStoreTellOnce() {
        let bench = WatchBench("a", "b")
        bench.set("gmail", .down, at: "a")
        bench.set("gmail", .down, at: "b")
        #expect(bench.pass(.seconds(600)) == ["a: provider_down gmail"])
    }

    @Test func episodeLastsUntilTheLastGatewayIsWell() {
        let bench = WatchBench("a", "b")
        bench.set("gmail", .down, at: "b")
        #expect(bench.pass(.seconds(5)) == ["b: provider_down gmail"])
        bench.set("gmail", .down, at: "a")
        bench.pass(.seconds(5))
        bench.set("gmail", .up, at: "b")
        #expect(bench.pass(.seconds(600)) == [])
        bench.set("gmail", .up, at: "a")
        #expect(bench.pass(.seconds(2)).count == 1)
    }

    @Test func gatewayThatDiedKeepsNoEpisodeOpen() {
        let bench = WatchBench("a", "b")
        bench.set("gmail", .down, at: "b")
        bench.pass(.seconds(5))
        bench.end("b")
        bench.set("gmail", .up, at: "a")
        #expect(bench.pass(.seconds(50)) == [])
        #expect(bench.pass(.seconds(20)) == ["a: provider_back gmail"])
    }

    @Test func wellGatewayDoesNotEndWhatItNeverSaw() {
        let bench = WatchBench("a", "b")
        bench.set("gmail", .down, at: "b")
        #expect(bench.pass(.seconds(600)) == ["b: provider_down gmail"])
    }

    @Test func restartRepeatsNothingAndEndsNothingUnproven() {
        let bench = WatchBench()
        bench.set("gmail", .down)
        bench.pass(.seconds(10))
        bench.begin("a", as: "a2")
        // A new process assumes that every provider is up until it knows better.
        bench.see { $0.providers[0].provenAt = nil }
        #expect(bench.pass(.seconds(600)) == [])
        bench.set("gmail", .down)
        #expect(bench.pass(.seconds(600)) == [])
        bench.set("gmail", .up)
        #expect(bench.pass() == ["a: provider_back gmail"])
    }

    @Test func alertThatOnlyAnotherVersionKnowsIsShownAndItsRecordIsLeftAlone() throws {
        let bench = WatchBench("new", "old")
        bench.begin("new", catalog: AlertCatalog(features: [.flood]))
        let key = AlertKey(AlertDefinition.flood.name, "calls")
        bench.see("new") { $0.reported = [ActiveAlert(key, .warning, since: bench.now, title: "Many", remedy: "look")] }
        bench.delivers = false
        #expect(bench.pass() == ["new: flood calls"])
        bench.pass(.seconds(60))
        bench.end("new")
        let record = try #require(bench.stored?[key])
        #expect(bench.dogs["old"]?.openAlerts(now: bench.now) == [record])
        #expect(bench.dogs["old"]?.isBusy == false)
        #expect(bench.pass(.seconds(86_399), step: .seconds(10)) == [])
        #expect(bench.stored?[key] == record)
        #expect(bench.dogs["old"]?.openAlerts(now: bench.now) == [])
        // The newer version is back, and delivers what it left.
        bench.begin("new", as: "newer", catalog: AlertCatalog(features: [.flood]))
        #expect(bench.pass() == ["new: flood calls"])
    }

    @Test func freshProcessAsksForAProbeOfWhatItCannotJudge() {
        let bench = WatchBench()
        bench.set("gmail", .down)
        bench.pass(.seconds(10))
        bench.begin("a", as: "a2")
        bench.see { $0.providers[0].provenAt = nil }
        bench.pass()
        #expect(bench.dogs["a"]?.unproven(now: bench.now) == ["gmail"])
        bench.set("gmail", .up)
        bench.pass()
        #expect(bench.dogs["a"]?.unproven(now: bench.now) == [])
    }

    @Test func whatADeadGatewayLeftUnsaidIsSaidByAnother() {
        let bench = WatchBench("a", "b")
        bench.delivers = false
        bench.set("gmail", .down, at: "a")
        bench.set("gmail", .down, at: "b")
        #expect(bench.pass(.seconds(600)) == ["a: provider_down gmail"])
        bench.end("a")
        bench.delivers = true
        #expect(bench.pass(.seconds(100)) == [])
        #expect(bench.pass(.seconds(60)) == ["b: provider_down gmail"])
        #expect(bench.pass(.seconds(3600), step: .seconds(10)) == [])
    }

    @Test func successorOnAnEmbeddedStoreDoesNotWait() {
        let bench = WatchBench()
        bench.delivers = false
        bench.set("gmail", .down)
        #expect(bench.pass(.seconds(5)) == ["a: provider_down gmail"])
        bench.begin("a", as: "a2", isAlone: true)
        bench.delivers = true
        bench.set("gmail", .halfOpen)
        #expect(bench.pass() == ["a: provider_down gmail"])
        bench.set("gmail", .up)
        #expect(bench.pass() == ["a: provider_back gmail"])
    }

    @Test func whatWasDeliveredIsNotSaidAgainAfterADeath() {
        let bench = WatchBench("a", "b")
        bench.set("gmail", .down, at: "a")
        bench.pass(.seconds(10))
        bench.end("a")
        bench.set("gmail", .down, at: "b")
        #expect(bench.pass(.seconds(3600), step: .seconds(10)) == [])
    }

    @Test func storeThatCannotBeWrittenKeepsNoAlertBackAndRepeatsNone() {
        let bench = WatchBench()
        bench.isWritable = false
        bench.set("gmail", .down)
        #expect(bench.pass(.seconds(600)) == ["a: provider_down gmail"])
        bench.isWritable = true
        #expect(bench.pass(.seconds(600)) == [])
        #expect(bench.stored?[AlertKey(.providerDown, "gmail")]?.isTold == true)
        bench.set("gmail", .up)
        #expect(bench.pass() == ["a: provider_back gmail"])
    }

    @Test func repeatsAreToldOnceByAllGateways() {
        let bench = WatchBench("a", "b", "c")
        for gateway in ["a", "b", "c"] { bench.set("gmail", .down, at: gateway) }
        #expect(bench.pass(.seconds(13 * 3600), step: .seconds(5)).count == 4)
    }
}
