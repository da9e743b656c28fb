// SPDX-License-Identifier: Apache-2.0
import JSON
import Mail
import Queue
import Synchronization
import Testing

@testable import Submission

@Suite struct BatchTests {
    let bench = AcceptanceBench()

    private func problem(_ body: JSON) async -> Problem? {
        do throws(Problem) {
            _ = try await bench.acceptance.acceptBatch(body, from: .fixture())
            return nil
        } catch {
            return error
        }
    }

    @Test func faultsOfABatchAreBounded() async throws {
        let bad = JSON.object(JSONObject((0..<200).map { ("x\($0)", .integer($0)) }))
        let body: JSON = ["messages": .array(Array(repeating: bad, count: 100))]
        let answer = try await bench.acceptance.acceptBatch(body, from: .fixture())
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(text.split(separator: "{\"problem\"").count == 101, "each bad message has its own problem")
        #expect((1000...1200).contains(text.split(separator: "\"pointer\"").count - 1))
        #expect(text.contains("The request has 100 faults or more; the first 100 are listed."))
    }

    @Test func oneBadMessageDoesNotSpoilTheRest() async throws {
        let body: JSON = [
            "defaults": ["template": "welcome", "data": ["age": 7]],
            "messages": [
                ["to": "a@b.example", "data": ["name": "A"]], ["to": "b@", "data": ["name": "B"]], "x",
                ["to": "d@b.example", "data": ["name": "D"], "tags": ["t"]],
            ],
        ]
        let answer = try await bench.acceptance.acceptBatch(body, from: .fixture())
        let messages = bench.store.messages
        #expect(answer.status == 202)
        #expect(answer.ids == messages.map(\.id))
        #expect(messages.map { $0.request.recipients[0].mailbox.address.local } == ["a", "d"])
        #expect(bench.store.insertions.count == 1)
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(text.hasPrefix(#"{"results":[{"id":"\#(messages[0].id)","state":"queued"},{"problem":{"#))
        #expect(text.contains(#""pointer":"/messages/1/to""#))
        #expect(text.contains(#""pointer":"/messages/2""#))
        #expect(text.hasSuffix(#"{"id":"\#(messages[1].id)","state":"queued"}]}"#))
    }

    @Test func mapsOfDefaultsAreFilledInNameByName() async throws {
        let body: JSON = [
            "defaults": [
                "subject": "S", "text": "T", "metadata": ["a": "1", "b": "2"], "headers": ["X-A": "1"], "tags": ["x"],
            ],
            "messages": [["to": "a@b.example", "metadata": ["b": "3"], "headers": ["X-B": "2"], "tags": ["y"]]],
        ]
        _ = try await bench.acceptance.acceptBatch(body, from: .fixture())
        let request = try #require(bench.store.messages.first?.request)
        #expect(request.metadata == ["a": "1", "b": "3"])
        #expect(request.headers.map(\.name) == ["X-A", "X-B"])
        #expect(request.tags == ["y"])
    }

    @Test func faultOfADefaultPointsAtTheDefault() async throws {
        let body: JSON = ["defaults": ["subject": "S", "text": 5], "messages": [["to": "a@b.example"]]]
        let answer = try await bench.acceptance.acceptBatch(body, from: .fixture())
        #expect(String(decoding: answer.body, as: UTF8.self).contains(#""pointer":"/defaults/text""#))
        #expect(bench.store.insertions.isEmpty)
    }

    @Test(
        arguments: [
            ("x", [""]), ([:], ["/messages"]), (["messages": []], ["/messages"]), (["messages": 5], ["/messages"]),
            (["messages": ["x"], "default": [:]], ["/default"]), (["messages": ["x"], "defaults": 1], ["/defaults"]),
            (["messages": ["x"], "defaults": ["too": "x"]], ["/defaults/too"]),
            (["messages": .array(Array(repeating: "x", count: 1001))], ["/messages"]),
        ] as [(JSON, [String])]
    )
    func shapelessBatchIsRefusedWhole(body: JSON, pointers: [String]) async throws {
        let problem = try #require(await problem(body))
        #expect(problem.status == 422)
        #expect(problem.faults.map(\.pointer.description) == pointers)
    }

    @Test func thousandMessagesWithOneFileStoreItOnce() async throws {
        let file: JSON = ["filename": "a.txt", "content": "QUJD"]
        let messages = (0..<1000).map { JSON.object(JSONObject([("to", .string("u\($0)@b.example"))])) }
        let body: JSON = [
            "defaults": ["subject": "S", "text": "T", "attachments": [file]], "messages": .array(messages),
        ]
        let answer = try await bench.acceptance.acceptBatch(body, from: .fixture())
        let insertion = try #require(bench.store.insertions.first)
        #expect(answer.ids.count == 1000)
        #expect(insertion.messages.count == 1000)
        #expect(insertion.attachments.values.map { $0 } == [Array("ABC".utf8)])
        #expect(bench.dispatcher.notes.withLock { $0.accepted.count } == 1000)
    }

    @Test func defaultsThatGrowBeyondMeasureAreTooLarge() async {
        let text = JSON.string(String(repeating: "x", count: 140_000))
        let messages = JSON.array(Array(repeating: ["to": "a@b.example"], count: 1000))
        #expect(await problem(["defaults": ["subject": "S", "text": text], "messages": messages])?.status == 413)
    }

    @Test func faultyFileOfTheDefaultsIsToldForEachMessageThatTakesIt() async throws {
        let body: JSON = [
            "defaults": ["subject": "S", "text": "T", "attachments": [["filename": "a", "content": "!"]]],
            "messages": [["to": "a@b.example"], ["to": "b@b.example", "attachments": []]],
        ]
        let answer = try await bench.acceptance.acceptBatch(body, from: .fixture())
        #expect(answer.ids.count == 1)
        #expect(String(decoding: answer.body, as: UTF8.self).contains("/defaults/attachments/0/content"))
    }

    @Test func oneKeyCoversTheBatch() async throws {
        let body: JSON = ["messages": [["to": "a@b.example", "subject": "x", "text": "y"], ["to": "b@"]]]
        let replay = try IdempotencyKey("k", path: "/v1/messages/batch", body: [1])
        let first = try await bench.acceptance.acceptBatch(body, from: .fixture(), replay: replay)
        let second = try await bench.acceptance.acceptBatch(body, from: .fixture(), replay: replay)
        #expect(second.isReplayed)
        #expect(second.body == first.body)
        #expect(second.location == nil)
        #expect(bench.store.messages.count == 1)
    }
}
