// SPDX-License-Identifier: Apache-2.0
import JSON
import OAuth
import Testing

@testable import Basics
@testable import Monitoring
@testable import Queue

/// Each alert condition that is not about a single provider: when it begins, and when it is over.
@Suite struct WatchdogSymptomTests {
    private static func depth(_ priority: Priority, _ state: MessageState, _ count: Int = 1, age: Int, now: Timestamp)
        -> QueueDepth
    {
        QueueDepth(priority: priority, state: state, count: count, oldest: now - .seconds(age))
    }

    @Test func deadGrantIsToldAtOnceAndItsRenewalToo() {
        let bench = WatchBench()
        bench.see { $0.tokens = [.stub(.good)] }
        #expect(bench.pass(.seconds(10)) == [])
        bench.see { $0.tokens = [.stub(.dead, since: bench.now)] }
        #expect(bench.pass() == ["a: grant_dead gmail"])
        #expect(bench.alerts.first?.remedy == "run `posthaste tokens authorize gmail`")
        bench.see { observation in
            observation.tokens = [.stub(.good)]
            observation.tokens[0].refreshedAt = bench.now + .seconds(1)
        }
        #expect(bench.pass() == ["a: grant_dead_over gmail"])
    }

    /// All except the failover, which has one alert for each pair of providers.
    @Test func oneDeadGrantIsOneAlertForAllThatIsDownByIt() {
        let bench = WatchBench()
        let failover = Failover(from: "gmail", to: "relay")
        bench.see { observation in
            observation.tokens = [.stub(.good), .stub(.good)]
            observation.tokens[1].provider = "gmail-bulk"
            observation.providers.append(.stub("gmail-bulk"))
        }
        bench.pass()
        // Both use the grant: it is dead, they are down, and mail goes through another provider.
        bench.see { observation in
            observation.tokens = [.stub(.dead, since: bench.now), .stub(.dead, since: bench.now)]
            observation.tokens[1].provider = "gmail-bulk"
        }
        for name in ["gmail", "gmail-bulk"] {
            bench.set(name, .down)
            bench.see { observation in
                for index in observation.providers.indices where observation.providers[index].name == name {
                    observation.providers[index].reason = "authentication (oauth.invalid_grant): revoked"
                }
            }
        }
        bench.see { $0.failovers = [failover: 3] }
        #expect(bench.pass(.seconds(600)) == ["a: failover gmail/relay", "a: grant_dead gmail"])
        #expect(bench.alerts.last?.title == "The grant of providers gmail, gmail-bulk is dead")
        // The grant is valid again before the probes have shown it.
        bench.see { observation in
            for index in observation.tokens.indices {
                observation.tokens[index] = .stub(.good)
                observation.tokens[index].provider = ["gmail", "gmail-bulk"][index]
                observation.tokens[index].refreshedAt = bench.now + .seconds(1)
            }
        }
        #expect(bench.pass(.seconds(5)) == ["a: grant_dead_over gmail"])
        for name in ["gmail", "gmail-bulk"] { bench.set(name, .up) }
        #expect(bench.pass(.seconds(1200)) == ["a: failover_over gmail/relay"])
        // Later outages are logged again.
        bench.see { $0.failovers = [failover: 4] }
        #expect(bench.pass() == ["a: failover gmail/relay"])
        bench.set("gmail", .open)
        bench.see { $0.providers[0].reason = "transient (smtp.connect): no route to the host" }
        #expect(bench.pass() == ["a: provider_down gmail"])
    }

    @Test func grantsOfOtherAccountsAreToldApart() {
        let bench = WatchBench()
        bench.see { observation in
            observation.tokens = [.stub(.dead, since: bench.now), .stub(.dead, since: bench.now)]
            observation.tokens[1].provider = "relay"
            observation.tokens[1].account = "other@example.org"
        }
        #expect(bench.pass() == ["a: grant_dead gmail", "a: grant_dead relay"])
    }

    @Test(arguments: [(Duration.seconds(3600), 30), (.seconds(0), 1)])
    func failingRenewalIsToldWhenItLastsOrNothingIsLeft(expiresIn: Duration, seconds: Int) {
        let bench = WatchBench()
        bench.see { $0.tokens = [.stub(.failing, since: bench.now, expiresIn: expiresIn)] }
        #expect(bench.pass(.seconds(seconds - 1)) == [])
        #expect(bench.pass() == ["a: token_failing gmail"])
    }

    @Test func failingRenewalThatTurnsIntoADeadGrantIsNotCalledOver() {
        let bench = WatchBench()
        bench.see { $0.tokens = [.stub(.failing, since: bench.now, expiresIn: .zero)] }
        bench.pass()
        bench.see { $0.tokens = [.stub(.dead, since: bench.now)] }
        #expect(bench.pass(.seconds(600)) == ["a: grant_dead gmail"])
        bench.see { $0.tokens = [.stub(.good)] }
        #expect(bench.pass() == ["a: grant_dead_over gmail", "a: token_failing_over gmail"])
    }

    @Test func endingGrantIsToldTwoDaysAheadAndOnceADay() {
        let bench = WatchBench()
        let end = bench.now + .seconds(3 * 86_400)
        bench.see { observation in
            observation.tokens = [.stub(.good)]
            observation.tokens[0].forecast = .init(
                diesAt: end,
                reason: "an app in Testing loses its grants after 7 days"
            )
        }
        #expect(bench.pass(.seconds(86_400 - 60), step: .seconds(60)) == [])
        #expect(bench.pass(.seconds(3600), step: .seconds(60)) == ["a: grant_ending gmail"])
        #expect(bench.pass(.seconds(86_400), step: .seconds(60)) == ["a: still grant_ending gmail"])
    }

    @Test(arguments: [
        (Priority.critical, MessageState.queued, 120), (.normal, .parked, 900), (.bulk, .sending, 4 * 3600),
    ])
    func mailThatWaitsForTooLongIsTold(priority: Priority, state: MessageState, limit: Int) {
        let bench = WatchBench()
        bench.see { observation in
            observation.providers[0].lastSent = bench.now
            observation.depths = [Self.depth(priority, state, age: limit - 1, now: bench.now)]
        }
        #expect(bench.pass() == [])
        #expect(bench.pass() == ["a: queue_age \(priority.name)"])
        bench.see { $0.depths = nil }
        #expect(bench.pass(.seconds(60)) == [])
        bench.see { $0.depths = [] }
        #expect(bench.pass() == ["a: queue_age_over \(priority.name)"])
    }

    @Test(arguments: [MessageState.scheduled, .uncertain])
    func mailThatIsNotDueOrHeldIsNotLate(state: MessageState) {
        let bench = WatchBench()
        bench.see { $0.depths = [Self.depth(.critical, state, age: 90_000, now: bench.now)] }
        #expect(bench.pass().filter { $0.contains("queue_age") } == [])
    }

    @Test func heldMailIsTold() {
        let bench = WatchBench()
        bench.see { $0.depths = [Self.depth(.normal, .uncertain, 3, age: 5, now: bench.now)] }
        #expect(bench.pass(.seconds(60)) == ["a: uncertain_mail"])
        #expect(bench.alerts.first?.details["count"] == 3)
        bench.see { $0.depths = [] }
        #expect(bench.pass(.seconds(60)) == ["a: uncertain_mail_over"])
    }

    @Test func mailThatWaitsWhileAProviderIsUpAndSendsNothingIsTold() {
        let bench = WatchBench()
        bench.see { observation in
            observation.providers[0].lastSent = bench.now
            observation.depths = [Self.depth(.bulk, .queued, age: 1, now: bench.now)]
        }
        #expect(bench.pass(.seconds(300)) == [])
        #expect(bench.pass() == ["a: nothing_sent"])
        bench.see { $0.providers[1].lastSent = bench.now }
        #expect(bench.pass() == ["a: nothing_sent_over"])
    }

    @Test func mailThatWaitsForAProviderThatIsDownIsNotCalledStuck() {
        let bench = WatchBench()
        for name in ["gmail", "relay"] { bench.set(name, .down) }
        bench.see { $0.depths = [Self.depth(.bulk, .queued, age: 1000, now: bench.now)] }
        #expect(bench.pass(.seconds(600)) == ["a: provider_down gmail", "a: provider_down relay"])
    }

    @Test func mostMailFailingIsToldUntilMostSucceeds() {
        let bench = WatchBench()
        bench.see { $0.tally = MailCounts(sent: 5000, failed: 900) }
        #expect(bench.pass(.seconds(60)) == [])
        bench.see { $0.tally = MailCounts(sent: 5009, failed: 909) }
        #expect(bench.pass() == [])
        bench.see { $0.tally = MailCounts(sent: 5009, failed: 910) }
        #expect(bench.pass() == ["a: many_failures"])
        // The absence of results proves nothing.
        #expect(bench.pass(.seconds(3600), step: .seconds(10)) == [])
        bench.see { $0.tally.sent += 1 }
        #expect(bench.pass() == ["a: many_failures_over"])
    }

    @Test(arguments: [(sent: 200, failed: 100), (sent: 0, failed: 9), (sent: 12, failed: 11)])
    func someFailuresAreTheBusinessOfTheirSenders(sent: Int, failed: Int) {
        let bench = WatchBench()
        bench.pass()
        bench.see { $0.tally = MailCounts(sent: sent, failed: failed) }
        #expect(bench.pass(.seconds(1200), step: .seconds(10)) == [])
    }

    @Test func failuresOfLongAgoDoNotCount() {
        let bench = WatchBench()
        for _ in 0..<30 {
            bench.see { $0.tally.failed += 1 }
            #expect(bench.pass(.seconds(120), step: .seconds(10)) == [])
        }
    }

    @Test func storeThatIsGoneForTenSecondsIsToldFromMemory() {
        let bench = WatchBench()
        bench.stored = nil
        bench.see { $0.isStoreReachable = false }
        #expect(bench.pass(.seconds(10)) == [])
        #expect(bench.pass() == ["a: store_unreachable"])
        bench.set("gmail", .down)
        #expect(bench.pass(.seconds(3600), step: .seconds(5)) == ["a: provider_down gmail"])
        bench.stored = [:]
        bench.see { $0.isStoreReachable = true }
        #expect(bench.pass(.seconds(60)) == ["a: store_unreachable_over"])
        #expect(bench.stored?[AlertKey(.providerDown, "gmail")]?.isOpen == true)
    }

    @Test func storeWhoseFileIsGoneIsToldWithTheWayBack() throws {
        var watchdog = AlertEvaluator(gateway: "a", isAlone: true, settings: .init(), now: WatchBench.start)
        let seen = Observation(isStoreReachable: false, storeFault: "p.db was replaced")
        watchdog.observe(seen, now: WatchBench.start)
        let later = WatchBench.start + .seconds(10)
        watchdog.observe(seen, now: later)
        let symptom = try #require(watchdog.active[AlertKey(.storeUnreachable)])
        #expect(symptom.reason == "p.db was replaced")
        #expect(symptom.remedy.contains("docs/operating.md"))
    }

    @Test func whatAFeatureReportsIsToldUntilItIsOver() {
        let bench = WatchBench()
        bench.begin("a", catalog: AlertCatalog(features: [.flood]))
        let key = AlertKey(AlertDefinition.flood.name, "calls")
        bench.see { $0.reported = [ActiveAlert(key, .warning, since: bench.now, title: "Many", remedy: "look")] }
        #expect(bench.pass() == ["a: flood calls"])
        #expect(bench.pass(.seconds(600), step: .seconds(10)) == [])
        bench.see { $0.reported = [] }
        #expect(bench.pass() == ["a: flood_over calls"])
        #expect(bench.alerts.last?.title == "The flood of calls is over")
    }

    @Test func alertOfAFeatureThatIsSwitchedOffEndsWhenTheGatewayHasSettled() {
        let bench = WatchBench()
        bench.begin("a", catalog: AlertCatalog(features: [.flood]))
        let key = AlertKey(AlertDefinition.flood.name)
        bench.see { $0.reported = [ActiveAlert(key, .warning, since: bench.now, title: "Many", remedy: "look")] }
        bench.pass(.seconds(30))
        bench.begin("a", as: "next", isAlone: true, catalog: AlertCatalog(features: [.flood]))
        #expect(bench.pass(.seconds(119)) == [])
        #expect(bench.pass() == ["a: flood_over"])
    }

    @Test func canaryThatIsMissingIsTold() {
        let bench = WatchBench()
        bench.see { $0.canaries = ["gmail": Canary(every: .seconds(900), now: bench.now)] }
        #expect(bench.pass(.seconds(1799)) == [])
        #expect(bench.pass() == ["a: canary_absent gmail"])
        bench.see { $0.providers[0].lastSent = bench.now }
        #expect(bench.pass() == ["a: canary_absent_over gmail"])
    }
}
