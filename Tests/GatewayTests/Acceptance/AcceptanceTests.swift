// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Synchronization
import Testing

@testable import Mail
@testable import Queue
@testable import Submission

@Suite struct AcceptanceTests {
    static let welcome: JSON = ["to": "Ana <ana@example.org>", "template": "welcome", "data": ["name": "Ana"]]

    @Test func answerTellsIdStateAndTime() async throws {
        let bench = AcceptanceBench()
        let answer = try await bench.acceptance.accept(Self.welcome, from: .fixture())
        let message = try #require(bench.store.messages.first)
        let body = #"{"id":"\#(message.id)","state":"queued","created_at":"\#(AcceptanceBench.start)"}"#
        #expect(String(decoding: answer.body, as: UTF8.self) == body)
        #expect(answer.status == 202)
        #expect(answer.location == "/v1/messages/\(message.id)")
        #expect(answer.ids == [message.id])
        #expect(!answer.isReplayed)
    }

    @Test func defaultsComeFromBrandAndTemplate() async throws {
        let bench = AcceptanceBench()
        var body = Self.welcome.object ?? JSONObject()
        body["brand"] = "westside"
        _ = try await bench.acceptance.accept(.object(body), from: .commandLine)
        let message = try #require(bench.store.messages.first)
        #expect(message.request.from.display == "Westside <noreply@westside.example>")
        #expect(message.request.replyTo.map(\.display) == ["office@westside.example"])
        #expect(message.request.category == "onboarding")
        #expect(message.routingKey == RoutingKey(brand: "westside", category: "onboarding", pin: nil))
        #expect(message.priority == .normal)
        #expect(message.keyID == nil)
    }

    @Test(arguments: [(nil, Priority.critical), ("bulk", .bulk)] as [(JSON?, Priority)])
    func passwordResetIsCriticalUnlessTheSenderSaysOtherwise(written: JSON?, priority: Priority) async throws {
        let bench = AcceptanceBench()
        var body = JSONObject([("to", "a@b.example"), ("template", "password-reset")])
        body["data"] = ["link": "https://app.example/?t=1"]
        body["priority"] = written
        _ = try await bench.acceptance.accept(.object(body), from: .commandLine)
        #expect(bench.store.messages.map(\.priority) == [priority])
    }

    @Test func messageDueNowIsLeasedAndHandedOver() async throws {
        let bench = AcceptanceBench()
        let answer = try await bench.acceptance.accept(Self.welcome, from: .fixture())
        #expect(bench.store.messages.map(\.holder) == [LeaseHolder(number: 7)])
        let notes = bench.dispatcher.notes.withLock { $0 }
        #expect(notes.accepted.map(\.id) == answer.ids)
        #expect(notes.accepted.first?.recipients.map(\.state) == [.pending])
        #expect(notes.reserved == 0)
        #expect(notes.stored.isEmpty)
    }

    @Test func messageWithoutRoomIsLeftInTheStore() async throws {
        let bench = AcceptanceBench(room: 0)
        _ = try await bench.acceptance.accept(Self.welcome, from: .fixture())
        #expect(bench.store.messages.map(\.holder) == [nil])
        let notes = bench.dispatcher.notes.withLock { $0 }
        #expect(notes.accepted.isEmpty)
        #expect(notes.stored == [AcceptanceBench.start])
    }

    @Test func scheduledMessageWaitsForItsTime() async throws {
        let bench = AcceptanceBench()
        var body = Self.welcome.object ?? JSONObject()
        let later = AcceptanceBench.start + .seconds(3600)
        body["send_at"] = .string(later.description)
        let answer = try await bench.acceptance.accept(.object(body), from: .fixture())
        #expect(String(decoding: answer.body, as: UTF8.self).contains(#""state":"scheduled""#))
        #expect(bench.store.messages.map(\.due) == [later])
        #expect(bench.store.messages.map(\.holder) == [nil])
        #expect(bench.dispatcher.notes.withLock { $0.stored } == [later])
    }

    @Test func templateVersionIsStoredOnceAndToldAgainInTime() async throws {
        let bench = AcceptanceBench()
        for _ in 0..<3 { _ = try await bench.acceptance.accept(Self.welcome, from: .fixture()) }
        bench.time.advance(.seconds(601))
        _ = try await bench.acceptance.accept(Self.welcome, from: .fixture())
        #expect(bench.store.insertions.map(\.templateVersions.count) == [1, 0, 0, 1])
    }

    @Test func deadStoreIs503AndGivesRoomBack() async throws {
        let bench = AcceptanceBench()
        bench.store.content.withLock { $0.isDown = true }
        let problem = try #require(await bench.problem(Self.welcome))
        #expect(problem.status == 503)
        #expect(problem.retryAfter != nil)
        #expect(bench.dispatcher.notes.withLock { $0.reserved } == 0)
        bench.store.content.withLock { $0.isDown = false }
        _ = try await bench.acceptance.accept(Self.welcome, from: .fixture())
        #expect(bench.store.insertions.map(\.templateVersions.count) == [1])
    }

    @Test func secretsNeverReachTheStoreInTheClear() async throws {
        let bench = AcceptanceBench()
        let body: JSON = [
            "to": "a@b.example", "template": "password-reset",
            "data": [
                "link": "https://u:pw@app.example:8443/reset?token=TOPSECRET", "code": "TOPSECRET", "name": "Ana",
                "cards": [["pin": "TOPSECRET"]],
            ],
        ]
        _ = try await bench.acceptance.accept(body, from: .commandLine)
        let message = try #require(bench.store.messages.first)
        guard case .template(_, _, _, let data) = message.request.content else {
            Issue.record("not from a template")
            return
        }
        #expect(
            data == ["link": "https://app.example:8443/••••••", "code": "••••••", "name": "Ana", "cards": "••••••"]
        )
        let sealed = try #require(message.sealedSecrets)
        #expect(!String(decoding: sealed, as: UTF8.self).contains("TOPSECRET"))
        let values = try AcceptanceBench.sealing?.values(sealed, of: message.id)
        #expect(values?["code"] == "TOPSECRET")
        #expect(values?["cards"] == [["pin": "TOPSECRET"]])
        #expect(values?["link"] == "https://u:pw@app.example:8443/reset?token=TOPSECRET")
    }

    @Test func waitingAnswersWithTheWholeMessage() async throws {
        let bench = AcceptanceBench()
        bench.dispatcher.notes.withLock { $0.endsAtOnce = true }
        let replay = try IdempotencyKey("k", path: "/v1/messages", body: [])
        let answer = try await bench.acceptance.accept(
            Self.welcome,
            from: .fixture(),
            replay: replay,
            wait: .seconds(3600)
        )
        #expect(answer.status == 200)
        #expect(String(decoding: answer.body, as: UTF8.self).contains(#""state":"sent""#))
        let again = try await bench.acceptance.accept(Self.welcome, from: .fixture(), replay: replay)
        #expect(again.body == answer.body)
        #expect(again.status == 200)
        #expect(again.location == answer.location)
    }

    @Test func waitingEndsWith202WhenNothingHappens() async throws {
        let bench = AcceptanceBench()
        let answer = try await bench.acceptance.accept(Self.welcome, from: .fixture(), wait: .milliseconds(1))
        #expect(answer.status == 202)
    }

    @Test func addressNamedTwiceGetsOneCopy() async throws {
        let bench = AcceptanceBench()
        let body: JSON = ["to": ["a@b.example", "A <a@B.example>"], "bcc": "a@b.example", "subject": "x", "text": "y"]
        _ = try await bench.acceptance.accept(body, from: .commandLine)
        #expect(bench.store.messages.first?.request.recipients == [Recipient(.fixture("a@b.example"))])
    }
}
