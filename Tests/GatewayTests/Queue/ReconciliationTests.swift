// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import Synchronization
import Testing

@testable import Delivery
@testable import Mail
@testable import Queue

/// What becomes of a message whose attempt ended as `uncertain`.
@Suite struct ReconciliationTests {
    /// Answers repeats or questions in order; the last answer stays.
    private final class Service: ReconcilingProvider {
        typealias Answer = Result<Receipt?, DeliveryError>

        let capabilities: Capabilities
        private let answers: Mutex<[Answer]>
        private let count = Mutex((sends: 0, questions: 0))

        init(_ capabilities: Capabilities, _ answers: [Answer]) {
            self.capabilities = capabilities
            self.answers = Mutex(answers)
        }

        var calls: (sends: Int, questions: Int) { count.withLock { $0 } }

        private var next: Answer { answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } }

        func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
            count.withLock { $0.sends += 1 }
            return try next.get() ?? Receipt(id: nil)
        }

        func receipt(of message: OutgoingMessage) async throws(DeliveryError) -> Receipt? {
            count.withLock { $0.questions += 1 }
            return try next.get()
        }

        func probe() async throws(DeliveryError) {}
    }

    private final class Failures: Sendable {
        private let noted = Mutex(0)
        var count: Int { noted.withLock { $0 } }
        func note(_ error: DeliveryError) { noted.withLock { $0 += 1 } }
    }

    /// Has no room in the first rounds.
    private final class Rounds: Sendable {
        private let without: Mutex<Int>
        init(without: Int = 0) { self.without = Mutex(without) }
        var hasRoom: Bool {
            without.withLock { left in
                left -= 1
                return left < 0
            }
        }
    }

    private static func error(_ kind: DeliveryError.Kind) -> DeliveryError {
        DeliveryError(kind, code: "x", detail: "x")
    }

    /// The id of the receipt, or the kind of the final error.
    private func outcome(
        _ service: Service,
        after kind: DeliveryError.Kind = .uncertain,
        mayGoOn: Bool = true,
        mayRepeat: Bool = true,
        rounds: Rounds = Rounds(),
        failures: Failures = Failures()
    ) async -> String {
        let reconciliation = Reconciliation(
            waits: [.milliseconds(300), .milliseconds(200), .milliseconds(100)],
            mayGoOn: { mayGoOn },
            mayRepeat: { mayRepeat },
            takesRepeat: { rounds.hasRoom },
            repeatFailed: { failures.note($0) },
            sleep: { _ in }
        )
        switch await reconciliation.outcome(of: SampleMail.plain(1), after: Self.error(kind), by: service) {
        case .success(let receipt): return receipt.id ?? "no id"
        case .failure(let error): return error.kind.name
        }
    }

    @Test func anIdempotentServiceGetsTheMessageAgain() async {
        let answers: [Service.Answer] = [.failure(Self.error(.uncertain)), .success(Receipt(id: "r1"))]
        let service = Service([.idempotent], answers)
        #expect(await outcome(service) == "r1")
        #expect(service.calls == (sends: 2, questions: 0))
    }

    @Test func aReceiptThatWasFoundKeepsItsRefusals() async throws {
        let refusal = Receipt.Refusal(address: SampleMail.plain(1).envelope[0], error: Self.error(.rejected))
        let found = Receipt(id: "r", refusals: [refusal], refusalNote: "one more")
        let reconciliation = Reconciliation(waits: [.zero], sleep: { _ in })
        let service = Service([], [.success(found)])
        let receipt = try await reconciliation.outcome(
            of: SampleMail.plain(1),
            after: Self.error(.uncertain),
            by: service
        ).get()
        #expect(receipt.id == "r" && receipt.refusals == [refusal] && receipt.refusalNote == "one more")
    }

    @Test func anotherServiceIsAskedAndGetsNothingTwice() async {
        let service = Service([], [.success(nil), .failure(Self.error(.transient)), .success(Receipt(id: "r2"))])
        #expect(await outcome(service) == "r2")
        #expect(service.calls == (sends: 0, questions: 3))
    }

    /// A repeat that is not accepted proves something only when the service judges the message itself.
    @Test(arguments: [
        (DeliveryError.Kind.rejected, "rejected", 1, 0), (.transient, "uncertain", 3, 0),
        (.uncertain, "uncertain", 3, 0),
        // These concern all mail of the provider.
        (.authentication, "uncertain", 1, 1), (.misconfigured, "uncertain", 1, 1),
        // A limit says nothing about the first attempt: it is waited out.
        (.rateLimited(retryAfter: nil), "uncertain", 6, 6),
    ])
    func aFailedRepeatLeavesItUncertain(kind: DeliveryError.Kind, expected: String, sends: Int, told: Int) async {
        let (service, failures) = (Service([.idempotent], [.failure(Self.error(kind))]), Failures())
        #expect(await outcome(service, failures: failures) == expected)
        #expect(service.calls == (sends: sends, questions: 0) && failures.count == told)
    }

    /// A key that may send need not have the right to ask, so a failed question is no fault of the provider.
    @Test(arguments: [
        (DeliveryError.Kind.authentication, 1), (.misconfigured, 1), (.rateLimited(retryAfter: nil), 3),
        (.transient, 3), (.rejected, 3),
    ])
    func aFailedQuestionSaysNothingOfTheProvider(kind: DeliveryError.Kind, questions: Int) async {
        let (service, failures) = (Service([], [.failure(Self.error(kind))]), Failures())
        #expect(await outcome(service, failures: failures) == "uncertain")
        #expect(service.calls == (sends: 0, questions: questions) && failures.count == 0)
    }

    @Test func aRepeatWaitsForRoom() async {
        let service = Service([.idempotent], [.success(Receipt(id: "r"))])
        #expect(await outcome(service, rounds: Rounds(without: 5)) == "r")
        #expect(service.calls == (sends: 1, questions: 0))
        let never = Service([.idempotent], [.success(Receipt(id: "r"))])
        #expect(await outcome(never, rounds: Rounds(without: .max)) == "uncertain")
        #expect(never.calls == (sends: 0, questions: 0))
    }

    @Test func aStoppingGatewayAsksNothingMore() async {
        let service = Service([.idempotent], [.success(Receipt(id: "r"))])
        #expect(await outcome(service, mayGoOn: false) == "uncertain")
        #expect(service.calls == (sends: 0, questions: 0))
    }

    @Test func anExpiredMessageIsAskedAboutAndNotRepeated() async {
        let repeating = Service([.idempotent], [.success(Receipt(id: "r"))])
        #expect(await outcome(repeating, mayRepeat: false) == "uncertain")
        #expect(repeating.calls == (sends: 0, questions: 0))
        #expect(await outcome(Service([], [.success(Receipt(id: "r"))]), mayRepeat: false) == "r")
    }

    @Test func onlyProvidersThatCanTellAreAsked() {
        let uncertain = Self.error(.uncertain)
        #expect(Reconciliation.helps(after: uncertain, by: SilentProvider(capabilities: .idempotent)))
        #expect(!Reconciliation.helps(after: uncertain, by: SilentProvider(capabilities: .mime)))
    }

    @Test func onlyAnUncertainMessageIsAskedAbout() async {
        let service = Service([.idempotent], [.success(Receipt(id: "r"))])
        #expect(await outcome(service, after: .transient) == "transient")
        #expect(service.calls == (sends: 0, questions: 0))
    }
}
