// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import OAuth
import Queue
import Synchronization
import Testing

@testable import Mail
@testable import Monitoring

/// The alert manager, from its readings to a channel.
@Suite struct OutageWatchTests {
    private static func route(_ name: String, _ channel: RecordingChannel, on troubles: Set<AlertName>? = nil)
        -> AlertRoute
    {
        AlertRoute(name: name, alerts: troubles, receiver: channel)
    }

    @Test func outageReachesEveryChannelThatWantsIt() async {
        let (all, few) = (RecordingChannel(), RecordingChannel())
        let bench = OutageWatchBench([Self.route("webhook", all), Self.route("email", few, on: [.grantDead])])
        bench.set("gmail", .down)
        #expect(await bench.tick { all.words == ["provider_down"] })
        bench.set("gmail", .up)
        #expect(await bench.tick { all.words == ["provider_down", "provider_back"] })
        #expect(few.words == [])
        #expect(bench.metricLines.contains(#"posthaste_alerts_total{channel="webhook",outcome="sent"} 2"#))
    }

    /// A server that names the session in each reply gives no new cause at each probe, and the log masks its text.
    @Test func changedCauseIsLoggedOnceAndMasked() async {
        let bench = OutageWatchBench([])
        bench.set("gmail", .down)
        let reasons = [
            "authentication (smtp.5.7.8): bad credentials of <ana@example.org>, session 1",
            "authentication (smtp.5.7.8): bad credentials of <ana@example.org>, session 2",
            "transient (smtp.4.3.2): closing on <ana@example.org>",
        ]
        for reason in reasons {
            bench.change { $0.statuses[0].reason = reason }
            await bench.tick { true }
        }
        let changes = bench.log.all.filter { $0.hasPrefix("warning the cause of an outage has changed") }
        #expect(changes.count == 1, "\(changes)")
        #expect(changes.first?.contains("reason=transient (smtp.4.3.2): closing on <••••••@example.org>") == true)
        #expect(bench.log.all.contains { $0.contains("alert=provider_down") })
        #expect(!bench.log.all.contains { $0.contains("ana@") }, "\(bench.log.all)")
    }

    @Test func channelThatFailsIsTriedAgainShownAndHoldsUpNoOther() async {
        let (broken, good) = (RecordingChannel(AlertFailure("status 500")), RecordingChannel())
        let bench = OutageWatchBench([Self.route("webhook", broken), Self.route("email", good)])
        bench.set("gmail", .down)
        #expect(await bench.tick { good.words == ["provider_down"] && broken.tries.withLock { $0 } == 1 })
        #expect(
            await bench.tick { bench.watch.warnings == ["alerts cannot be delivered by webhook; the log says why"] }
        )
        broken.failure.withLock { $0 = nil }
        #expect(await bench.tick { broken.words == ["provider_down"] })
        #expect(await bench.tick { bench.watch.warnings == [] })
        #expect(bench.metricLines.contains(#"posthaste_alerts_total{channel="webhook",outcome="failed"} 1"#))
        #expect(good.words == ["provider_down"])
    }

    @Test func storeThatNeverAnswersHoldsUpNoAlertAndCausesNoSecond() async {
        let channel = RecordingChannel()
        let bench = OutageWatchBench(
            [Self.route("webhook", channel)],
            store: SilentEpisodes(),
            patience: .milliseconds(20)
        )
        bench.set("gmail", .down)
        #expect(await bench.tick { channel.words == ["provider_down"] })
        var ticks = 0
        await bench.tick {
            ticks += 1
            return ticks == 5
        }
        #expect(channel.words == ["provider_down"])
    }

    @Test func restartOverTheSameStoreRepeatsNothing() async {
        let store = MemoryEpisodes()
        let (before, after) = (RecordingChannel(), RecordingChannel())
        let first = OutageWatchBench([Self.route("webhook", before)], store: store)
        first.set("gmail", .down)
        // Two more ticks, so that the delivery is recorded.
        var ticks = 0
        await first.tick {
            ticks += before.words.isEmpty ? 0 : 1
            return ticks == 3
        }
        let second = OutageWatchBench([Self.route("webhook", after)], store: store, gateway: "b")
        second.change { $0.statuses[0].provenAt = nil }
        ticks = 0
        await second.tick {
            ticks += 1
            return ticks == 300
        }
        #expect(after.words == [])
        #expect(second.world.withLock { $0.probes }.first == "gmail")
        second.set("gmail", .up)
        #expect(await second.tick { after.words == ["provider_back"] })
    }

    @Test func deadGrantTakesItsProviderDownOnceAndAGoodOneIsProbed() async {
        let channel = RecordingChannel()
        let bench = OutageWatchBench([Self.route("webhook", channel)])
        bench.change { $0.tokens = [.stub(.dead, since: $0.now)] }
        #expect(await bench.tick { channel.words == ["grant_dead"] })
        var ticks = 0
        await bench.tick {
            ticks += 1
            return ticks == 50
        }
        #expect(bench.world.withLock { $0.notes } == ["gmail: oauth.invalid_grant"])
        #expect(bench.world.withLock { $0.probes } == [])
        bench.change { $0.tokens = [.stub(.good)] }
        #expect(await bench.tick { bench.world.withLock { $0.probes } == ["gmail"] })
    }

    @Test func alertThatNoReceiverCanCarryIsTriedOnce() async {
        let channel = RecordingChannel(AlertFailure(.unsuitable, "only through gmail"))
        let bench = OutageWatchBench([Self.route("email", channel)])
        bench.set("gmail", .down)
        var ticks = 0
        await bench.tick {
            ticks += 1
            return ticks == 500
        }
        #expect(channel.tries.withLock { $0 } == 1)
        #expect(bench.metricLines.contains(#"posthaste_alerts_total{channel="email",outcome="skipped"} 1"#))
    }

    @Test func canaryFliesAndIsMissed() async {
        let channel = RecordingChannel()
        let bench = OutageWatchBench([Self.route("webhook", channel)])
        let to = Mailbox(EmailAddress(checkedLocal: "canary", checkedDomain: "example.org"))
        await bench.watch.configure(["gmail": CanarySettings(every: .seconds(300), to: to)])
        #expect(await bench.tick { bench.canaries.sent.withLock { $0 } == ["gmail"] })
        bench.canaries.state.withLock { $0 = .sent }
        #expect(await bench.tick { bench.canaries.sent.withLock { $0.count } == 2 })
        #expect(channel.words == [])
        bench.canaries.state.withLock { $0 = .failed }
        #expect(await bench.tick { channel.words == ["canary_absent"] })
        bench.canaries.state.withLock { $0 = .sent }
        #expect(await bench.tick { channel.words == ["canary_absent", "canary_absent_over"] })
        bench.canaries.failure.withLock { $0 = AlertFailure("422") }
        #expect(await bench.tick { channel.words.count == 3 })
    }

    @Test func openTroubleShowsInReadinessAndMetricsWithoutTheWordsOfAService() async {
        let bench = OutageWatchBench([])
        bench.change { world in
            world.tokens = [.stub(.dead, since: world.now)]
            world.tokens[0].warnings = ["the file is on tmpfs; the next restart loses the login"]
        }
        bench.set("relay", .down)
        #expect(
            await bench.tick {
                bench.watch.warnings == [
                    "The grant of provider gmail is dead (since 2026-09-21T14:13:20.000Z)",
                    "tokens of provider gmail: the file is on tmpfs; the next restart loses the login",
                ]
            }
        )
        let readings = bench.watch.readings(now: WatchBench.start)
        let open = readings.filter { $0.name == "posthaste_episodes_open" && $0.value == 1 }.map { $0.labels[0].value }
        #expect(open == ["provider_down", "grant_dead"])
        let expiry = readings.first { $0.name == "posthaste_token_expires_in_seconds" }
        #expect(expiry?.value == 3600)
        #expect(expiry?.labels.map(\.value) == ["gmail", "noreply@example.org"])
        let states = readings.filter { $0.name == "posthaste_token_state" && $0.value == 1 }
        #expect(states.map { $0.labels.last?.value } == ["dead"])
    }

    @Test func alertOfAnotherVersionShowsToo() async throws {
        let store = MemoryEpisodes()
        let record = AlertRecord(
            key: AlertKey(AlertName(rawValue: "meteor"), "gmail"),
            since: WatchBench.start,
            title: "A meteor falls",
            severity: .critical,
            alertedAt: WatchBench.start,
            claimedBy: "z",
            sightings: ["z": WatchBench.start]
        )
        _ = try await store.put(record)
        let bench = OutageWatchBench([], store: store)
        #expect(await bench.tick { bench.watch.warnings == ["A meteor falls (since 2026-09-21T14:13:20.000Z)"] })
        let open = bench.watch.readings(now: WatchBench.start).filter { $0.name == "posthaste_episodes_open" }
        #expect(open.map { $0.labels[0].value } == AlertCatalog().names.map(\.rawValue) + ["meteor"])
        #expect(open.map(\.value) == Array(repeating: 0, count: open.count - 1) + [1])
        #expect(try await store.episodes().map(\.version) == [1])
    }

    @Test func newSettingsKeepWhatIsStillToBeDelivered() async {
        let channel = RecordingChannel(AlertFailure("status 500"))
        let bench = OutageWatchBench([Self.route("webhook", channel)])
        bench.set("gmail", .down)
        #expect(await bench.tick { channel.tries.withLock { $0 } == 1 })
        let better = RecordingChannel()
        await bench.watch.configure(.init(), routes: [Self.route("webhook", better)], canaries: [:])
        #expect(await bench.tick { better.words == ["provider_down"] })
    }
}
