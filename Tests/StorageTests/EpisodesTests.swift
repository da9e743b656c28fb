// SPDX-License-Identifier: Apache-2.0
import Basics
import Monitoring
import SQL
import Storage
import Testing

@Suite struct EpisodesTests {
    private let now = StoreFile.now

    private func episode(_ subject: String = "gmail") -> AlertRecord {
        var episode = AlertRecord(
            key: AlertKey(.failover, "\(subject)/relay"),
            since: now,
            title: "Mail fails over from \(subject) to relay",
            severity: .warning,
            alertedAt: now + .seconds(1),
            claimedBy: "a",
            sightings: ["a": now, "b": now + .seconds(2)],
            ends: [now - .seconds(9), now - .seconds(3)]
        )
        episode.saying = .reminder
        episode.claimedAt = now + .seconds(5)
        episode.isTold = true
        return episode
    }

    private func next(_ episode: AlertRecord) -> AlertRecord {
        var episode = episode
        episode.version += 1
        return episode
    }

    @Test(arguments: Engine.allCases)
    func episodesComeBackAsTheyWere(_ engine: Engine) async throws {
        let file = try await engine.place()
        var ended = episode("x")
        ended.endedAt = now + .seconds(7)
        let store = try await file.stores().episodes
        #expect(try await store.put(episode()))
        #expect(try await store.put(ended))
        #expect(try await file.stores().episodes.episodes() == [next(episode()), next(ended)])
    }

    @Test(arguments: Engine.allCases)
    func ofTwoGatewaysOneAloneGoesOn(_ engine: Engine) async throws {
        let file = try await engine.place()
        let (first, second) = (try await file.stores().episodes, try await file.stores().episodes)
        #expect(try await [first.put(episode()), second.put(episode())] == [true, false])
        var theirs = next(episode())
        theirs.claimedBy = "b"
        #expect(
            try await [second.put(theirs), first.put(next(episode())), second.put(theirs)] == [true, false, false]
        )
        let stored = try await first.episodes()
        #expect(stored.map(\.claimedBy) == ["b"] && stored.map(\.version) == [2])
    }

    @Test(arguments: Engine.allCases)
    func whatEndedLongAgoIsForgottenAndWhatIsOpenIsNot(_ engine: Engine) async throws {
        let file = try await engine.place()
        let store = try await file.stores().episodes
        for (name, end) in [("old", now), ("new", now + .seconds(1))] {
            var ended = episode(name)
            ended.endedAt = end
            _ = try await store.put(ended)
        }
        _ = try await store.put(episode())
        try await store.forget(endedBefore: now + .seconds(1))
        #expect(try await store.episodes().map(\.key.subject) == ["gmail/relay", "new/relay"])
    }

    @Test(arguments: Engine.allCases)
    func alertOfAnotherVersionComesBackWhole(_ engine: Engine) async throws {
        let file = try await engine.place()
        let store = try await file.stores().episodes
        _ = try await store.put(episode())
        try await file.database().write { (connection) throws(DatabaseError) in
            _ = try connection.execute("UPDATE alert_episodes SET key = 'meteor/gmail'")
        }
        let stored = try #require(try await store.episodes().first)
        #expect(stored.key == AlertKey(AlertName(rawValue: "meteor"), "gmail"))
        #expect(stored.title == episode().title && stored.sightings == episode().sightings && stored.version == 1)
        #expect(try await store.put(stored))
    }
}
