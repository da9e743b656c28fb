// SPDX-License-Identifier: Apache-2.0
import Monitoring
import Testing

@testable import Basics
@testable import Queue

/// Which alerts are sent, and how often.
@Suite struct WatchdogTests {
    @Test(arguments: [ProviderStatus.State.down, .open])
    func providerThatGoesDownAndComesBackIsToldOnceEach(state: ProviderStatus.State) {
        let bench = WatchBench()
        #expect(bench.pass(.seconds(60)) == [])
        bench.set("gmail", state)
        #expect(bench.pass() == ["a: provider_down gmail"])
        #expect(bench.pass(.seconds(3600), step: .seconds(10)) == [])
        bench.set("gmail", .halfOpen)
        #expect(bench.pass(.seconds(5)) == [])
        bench.set("gmail", .up)
        #expect(bench.pass() == ["a: provider_back gmail"])
        #expect(bench.pass(.seconds(3600), step: .seconds(10)) == [])
    }

    @Test func whatLastsIsRepeatedOnlyAsOftenAsTheSettingsSay() {
        let bench = WatchBench()
        bench.begin("a", settings: .init(repeatAfter: .seconds(7200)))
        bench.set("gmail", .down)
        bench.pass()
        #expect(bench.pass(.seconds(7199), step: .seconds(1)) == [])
        #expect(bench.pass() == ["a: still provider_down gmail"])
        #expect(bench.pass(.seconds(14_400), step: .seconds(10)).count == 2)
    }

    @Test func provenProbeWithoutMailIsABackAfterAMinute() {
        let bench = WatchBench()
        bench.set("gmail", .down)
        bench.pass()
        bench.set("gmail", .halfOpen)
        #expect(bench.pass(.seconds(59)) == [])
        #expect(bench.pass(.seconds(1)) == ["a: provider_back gmail"])
    }

    @Test func flappingIsToldSevenTimesInAnHourAtTheMost() {
        let bench = WatchBench()
        var told = 0
        for round in 0..<360 {
            bench.set("gmail", round.isMultiple(of: 2) ? .open : .up)
            told += bench.pass(.seconds(10), step: .seconds(5)).count
        }
        #expect((2...7).contains(told))
        // Once the condition ends for good, the alert evaluator reports its end.
        bench.set("gmail", .up)
        #expect(bench.pass(.seconds(2 * 3600), step: .seconds(10)).last == "a: provider_back gmail")
    }

    @Test func slowFlappingIsBoundedToo() {
        let bench = WatchBench()
        var told: [Timestamp] = []
        for round in 0..<48 {
            bench.set("gmail", round.isMultiple(of: 2) ? .open : .up)
            if !bench.pass(.seconds(400), step: .seconds(20)).isEmpty { told.append(bench.now) }
        }
        let most = told.map { from in told.count { $0 >= from && $0 - from < .seconds(3600) } }.max() ?? 0
        #expect((2...7).contains(most))
    }

    @Test func pauseIsAnOperatorsDecisionAndNoOutage() {
        let bench = WatchBench()
        bench.set("gmail", .paused)
        #expect(bench.pass(.seconds(100)) == [])
        bench.set("gmail", .down)
        bench.pass()
        bench.set("gmail", .paused)
        #expect(bench.pass(.seconds(5 * 3600), step: .seconds(10)) == [])
        bench.set("gmail", .up)
        #expect(bench.pass() == ["a: provider_back gmail"])
    }

    @Test func providerThatIsTakenOutOfTheSettingsEndsItsEpisode() {
        let bench = WatchBench()
        bench.set("gmail", .down)
        bench.pass()
        bench.see { $0.providers.removeFirst() }
        #expect(bench.pass() == ["a: provider_back gmail"])
    }

    @Test func failoverIsToldOncePerPairAndEpisode() {
        let bench = WatchBench()
        bench.see { $0.failovers = [Failover(from: "gmail", to: "relay"): 1] }
        #expect(bench.pass() == ["a: failover gmail/relay"])
        for count in 2...50 {
            bench.see { $0.failovers = [Failover(from: "gmail", to: "relay"): count] }
            #expect(bench.pass(.seconds(60)) == [])
        }
        bench.see { $0.failovers[Failover(from: "relay", to: "gmail")] = 1 }
        #expect(bench.pass() == ["a: failover relay/gmail"])
        #expect(bench.pass(.seconds(900)) == ["a: failover_over gmail/relay", "a: failover_over relay/gmail"])
    }

    @Test func failoverLastsWhileItsFirstProviderIsDown() {
        let bench = WatchBench()
        bench.see { $0.failovers = [Failover(from: "gmail", to: "relay"): 1] }
        bench.set("gmail", .down)
        #expect(bench.pass().count == 2)
        #expect(bench.pass(.seconds(3 * 3600), step: .seconds(10)) == [])
        bench.see { $0.failovers = [Failover(from: "gmail", to: "relay"): 2] }
        #expect(bench.pass(.seconds(600)) == [])
        bench.set("gmail", .up)
        #expect(bench.pass(.seconds(900)) == ["a: provider_back gmail", "a: failover_over gmail/relay"])
    }

    @Test func refusedSenderIsToldThoughTheProviderIsUpAndOnceForAllItsRetries() {
        let bench = WatchBench()
        for _ in 0..<5 {
            bench.see { observation in
                observation.providers[0].complaint = .init(at: bench.now, reason: "550 not your address", remedy: nil)
            }
            _ = bench.pass(.seconds(4000), step: .seconds(10))
        }
        #expect(bench.told == ["a: provider_misconfigured gmail", "a: still provider_misconfigured gmail"])
        #expect(bench.pass(.seconds(1400), step: .seconds(10)) == ["a: provider_misconfigured_over gmail"])
    }

    @Test func providerThatIsDownIsNotToldAsMisconfiguredToo() {
        let bench = WatchBench()
        bench.set("gmail", .down)
        bench.see { $0.providers[0].complaint = .init(at: bench.now, reason: "530", remedy: nil) }
        #expect(bench.pass(.seconds(60)) == ["a: provider_down gmail"])
    }

    @Test func limitThatLastsIsToldAndAShortOneIsNot() {
        let bench = WatchBench()
        bench.set("gmail", .limited)
        bench.see { $0.providers[0].until = bench.now + .seconds(900) }
        #expect(bench.pass(.seconds(60)) == [])
        let midnight = bench.now + .seconds(10 * 3600)
        bench.see { $0.providers[0].until = midnight }
        #expect(bench.pass() == ["a: provider_limited gmail"])
        #expect(bench.alerts.last?.title.contains("until \(midnight)") == true)
        #expect(bench.pass(.seconds(10 * 3600 - 2), step: .seconds(2)).count == 2)
        bench.set("gmail", .up)
        #expect(bench.pass() == ["a: provider_limited_over gmail"])
    }

    @Test func alertSaysWhatWhyAndWhatToDo() throws {
        let bench = WatchBench()
        bench.see { $0.providers[0] = .stub("gmail", .down) }
        bench.pass()
        let alert = try #require(bench.alerts.first)
        #expect(alert.severity == .critical && alert.provider == "gmail")
        #expect(alert.reason == "authentication (smtp.5.7.8): bad credentials")
        #expect(alert.remedy == "mend the password")
        bench.set("gmail", .up)
        bench.pass(.seconds(7200), step: .seconds(7200))
        let end = try #require(bench.alerts.last)
        #expect(end.severity == .info && end.remedy == nil)
        #expect(end.sentence == "[posthaste a] Provider gmail is back, after 2 h.")
    }
}
