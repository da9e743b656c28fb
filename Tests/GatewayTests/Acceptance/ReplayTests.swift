// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Synchronization
import Testing

@testable import Queue
@testable import Submission

@Suite struct ReplayTests {
    let bench = AcceptanceBench()

    private func key(_ text: String = "order-1", body: String = "b") throws(Problem) -> IdempotencyKey {
        try IdempotencyKey(text, path: "/v1/messages", body: Array(body.utf8))
    }

    @Test func sameRequestGetsTheFirstAnswerAndSendsNothing() async throws {
        let first = try await bench.acceptance.accept(AcceptanceTests.welcome, from: .fixture(), replay: key())
        bench.time.advance(.seconds(60))
        let second = try await bench.acceptance.accept(AcceptanceTests.welcome, from: .fixture(), replay: key())
        #expect(second.isReplayed)
        #expect(second.body == first.body)
        #expect(second.location == first.location)
        #expect(bench.store.messages.count == 1)
    }

    @Test func otherBodyUnderTheKeyIsRefused() async throws {
        _ = try await bench.acceptance.accept(AcceptanceTests.welcome, from: .fixture(), replay: key())
        await #expect(throws: Problem.keyReused) {
            _ = try await bench.acceptance.accept(AcceptanceTests.welcome, from: .fixture(), replay: key(body: "c"))
        }
    }

    @Test func otherPathUnderTheKeyIsAnotherRequest() throws {
        let batch = try IdempotencyKey("order-1", path: "/v1/messages/batch", body: [98])
        #expect(try key().digest != batch.digest)
    }

    @Test func eachApiKeyHasItsOwnNames() async throws {
        _ = try await bench.acceptance.accept(AcceptanceTests.welcome, from: .fixture(), replay: key())
        let other = Principal(keyID: "key_2", brands: nil, from: nil, scopes: [.send])
        let answer = try await bench.acceptance.accept(AcceptanceTests.welcome, from: other, replay: key())
        #expect(!answer.isReplayed)
    }

    @Test func thirtyTwoAtOnceSendOne() async throws {
        let replay = try key()
        let statuses = await withTaskGroup(of: Int.self, returning: [Int].self) { group in
            for _ in 0..<32 {
                group.addTask { [bench] in
                    do throws(Problem) {
                        let body = AcceptanceTests.welcome
                        return try await bench.acceptance.accept(body, from: .fixture(), replay: replay).status
                    } catch {
                        return error.status
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(bench.store.messages.count == 1)
        #expect(statuses.contains(202))
        #expect(Set(statuses).isSubset(of: [202, 409]))
    }

    @Test func anotherProcessThatWasFasterAnswersForBoth() async throws {
        let replay = try key()
        // The other process stores its answer between the look-up and the commit of this one.
        let other = IdempotencyEntry(
            keyID: "key_1",
            key: replay.key,
            digest: replay.digest,
            expiresAt: AcceptanceBench.start,
            response: StoredResponse(status: 202, body: Array(#"{"id":"msg_X"}"#.utf8))
        )
        bench.store.content.withLock { $0.replays["key_1order-1"] = other }
        let answer = try await bench.acceptance.accept(AcceptanceTests.welcome, from: .fixture(), replay: replay)
        #expect(answer.isReplayed)
        #expect(answer.location == "/v1/messages/msg_X")
        #expect(bench.store.messages.isEmpty)
        #expect(bench.dispatcher.notes.withLock { $0.reserved } == 0)
    }

    @Test func refusedRequestMayBeMendedUnderItsKey() async throws {
        await #expect(throws: Problem.self) {
            _ = try await bench.acceptance.accept(["to": "a@"], from: .fixture(), replay: key())
        }
        let answer = try await bench.acceptance.accept(
            AcceptanceTests.welcome,
            from: .fixture(),
            replay: key(body: "c")
        )
        #expect(!answer.isReplayed)
    }

    @Test func scheduledMessageKeepsItsKeyADayBeyondItsTime() async throws {
        let later = AcceptanceBench.start + .seconds(7 * 86_400)
        var body = AcceptanceTests.welcome.object ?? JSONObject()
        body["send_at"] = .string(later.description)
        _ = try await bench.acceptance.accept(.object(body), from: .fixture(), replay: key())
        #expect(bench.store.insertions.first?.idempotency?.expiresAt == later + .seconds(86_400))
    }

    @Test(arguments: ["", String(repeating: "k", count: 256), "a\nb", "ü"])
    func unusableKeyIsRefused(text: String) {
        #expect(throws: Problem.badReplayKey) { try key(text) }
    }

    @Test func longestKeyIsTaken() throws {
        #expect(try key(String(repeating: "k", count: 255)).key.count == 255)
    }
}
