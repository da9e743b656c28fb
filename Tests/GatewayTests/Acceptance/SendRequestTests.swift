// SPDX-License-Identifier: Apache-2.0
import Basics
import GatewayTesting
import JSON
import Mail
import Testing

@testable import Queue
@testable import Submission

/// Requests of the ways in that make them without JSON.
@Suite struct SendRequestTests {
    let bench = AcceptanceBench()

    private static func request(to address: String = "ana@example.org", subject: String? = "Hello") -> SendRequest {
        var request = SendRequest(via: .smtp)
        request.to = SendRequest.Addresses([.text(address)])
        request.subject = subject
        request.text = "Text"
        return request
    }

    @Test func requestsAreStoredTogetherWithTheirWayIn() async throws {
        let results = try await bench.acceptance.accept(
            [Self.request(), Self.request(to: "ben@example.org")],
            from: .fixture()
        )
        #expect(results.compactMap(\.problem).isEmpty && results.count == 2)
        #expect(bench.store.messages.map(\.request.via) == [.smtp, .smtp])
        #expect(bench.store.messages.map(\.request.priority) == [.normal, .normal])
    }

    @Test func faultWithholdsAllOrItsOwnMessageOnly() async throws {
        let requests = [Self.request(), Self.request(to: "@", subject: nil)]
        let whole = try await bench.acceptance.accept(requests, from: .fixture(), allOrNothing: true)
        guard case .withheld = whole[0], let problem = whole[1].problem else {
            Issue.record("expected a message that is withheld and one that is refused")
            return
        }
        #expect(problem.faults.map(\.pointer.description) == ["/to/0", "/subject"])
        #expect(bench.store.messages.isEmpty)
        let each = try await bench.acceptance.accept(requests, from: .fixture(), allOrNothing: false)
        #expect(each.map { $0.problem == nil } == [true, false])
        #expect(bench.store.messages.count == 1)
    }

    @Test func repeatedCallGetsTheFirstResults() async throws {
        let key = try IdempotencyKey("order-1", path: "smtp", body: [1])
        let requests = [Self.request(), Self.request(to: "@")]
        let first = try await bench.acceptance.accept(requests, from: .fixture(), replay: key, allOrNothing: false)
        let second = try await bench.acceptance.accept(requests, from: .fixture(), replay: key, allOrNothing: false)
        let (stored, again) = (try #require(first[0].message), try #require(second[0].message))
        #expect(stored.id == again.id && stored.state == again.state && stored.messageID == again.messageID)
        #expect(!stored.isReplayed && again.isReplayed && bench.store.messages.count == 1)
        #expect(second[1].problem == first[1].problem && second[1].problem?.faults.count == 1)
    }

    /// What the way in refuses by itself keeps its place among the results of a repeated call.
    @Test func refusalsOfTheWayInKeepTheirPlaces() async throws {
        let key = try IdempotencyKey("order-1", path: "smtp", body: [1])
        let requests = [Self.request(), Self.request(to: "ben@example.org")]
        let refused = [
            0: Problem("suppressed", title: "Suppressed", status: 422, detail: "No recipient\tmay be mailed.")
        ]
        let first = try await bench.acceptance.accept(
            requests,
            from: .fixture(),
            replay: key,
            allOrNothing: false,
            refused: refused
        )
        let second = try await bench.acceptance.accept(requests, from: .fixture(), replay: key, allOrNothing: false)
        #expect([first, second].allSatisfy { $0[0].problem?.status == 422 && $0[1].problem == nil })
        #expect(
            bench.store.messages.map { $0.request.recipients[0].mailbox.address.description } == ["ben@example.org"]
        )
    }

    @Test func oneCallHasItsLimits() async throws {
        let many = [SendRequest](repeating: Self.request(), count: 1001)
        await #expect(throws: Problem.self) { _ = try await bench.acceptance.accept(many, from: .fixture()) }
        var large = Self.request()
        large.html = String(repeating: "x", count: 1 << 20)
        let wide = [SendRequest](repeating: large, count: 129)
        await #expect(throws: Problem.batchTooLarge) { _ = try await bench.acceptance.accept(wide, from: .fixture()) }
        #expect(bench.store.messages.isEmpty)
    }

    /// A call that stored nothing may be repeated once it is right.
    @Test func refusedCallIsNotRemembered() async throws {
        let key = try IdempotencyKey("order-1", path: "smtp", body: [1])
        _ = try await bench.acceptance.accept([Self.request(to: "@")], from: .fixture(), replay: key)
        let results = try await bench.acceptance.accept([Self.request()], from: .fixture(), replay: key)
        #expect(results[0].problem == nil)
    }

    @Test func checkedRequestsAreNotStored() throws {
        let results = try bench.acceptance.check([Self.request(), Self.request(to: "@")], from: .fixture())
        #expect(results.map { $0.problem == nil } == [true, false] && bench.store.messages.isEmpty)
    }
}
