// SPDX-License-Identifier: Apache-2.0
import JSON
import Synchronization
import Testing

@testable import Delivery
@testable import Mail
@testable import Queue
@testable import Submission

@Suite struct LateBindingTests {
    struct Directory: LateBinder {
        let result: Result<LateValues, BuildError>

        func bind(_ message: QueuedMessage, reference: JSON) async throws(BuildError) -> LateValues {
            guard reference == ["request": 5] else { throw .discarded("the wrong reference") }
            return try result.get()
        }
    }

    let bench = AcceptanceBench()
    let builder: MessageBuilder

    init() {
        builder = MessageBuilder(contents: bench.store, templates: FakeTemplates(), sealing: nil)
    }

    private func accepted() async throws -> QueuedMessage {
        let mail = FeatureMail(
            template: "password-reset",
            brand: "westside",
            data: JSONObject([("name", "Ana")]),
            to: .fixture("typed@example.org"),
            priority: .critical,
            headers: [HeaderField(checkedName: "X-Entity-Ref-ID", checkedValue: "1")],
            binding: LateBinding(binder: "directory", reference: ["request": 5], names: ["link"])
        )
        let id = try await bench.acceptance.accept(mail)
        let message = try #require(bench.dispatcher.notes.withLock { $0.accepted.last })
        #expect(message.id == id)
        return message
    }

    private func build(_ message: QueuedMessage) async throws(BuildError) -> OutgoingMessage {
        try await builder.build(message, envelope: message.recipients.map(\.address))
    }

    @Test func valuesAndRecipientComeAtHandOver() async throws {
        let message = try await accepted()
        let values = LateValues(
            values: JSONObject([("link", "https://x.example/?t=9")]),
            recipient: .fixture("real@example.org")
        )
        builder.register(Directory(result: .success(values)), as: "directory")
        let built = try await build(message)
        #expect(built.text == "v1\nlink=https://x.example/?t=9\nname=Ana")
        #expect(built.recipients.map(\.mailbox.display) == ["real@example.org"])
        #expect(built.envelope.map(\.description) == ["real@example.org"])
        #expect(built.headers.map(\.name) == ["X-Entity-Ref-ID"])
    }

    @Test func senderMayWithdrawOrAskForPatience() async throws {
        let message = try await accepted()
        builder.register(Directory(result: .failure(.discarded("unknown"))), as: "directory")
        await #expect(throws: BuildError.discarded("unknown")) { _ = try await build(message) }
        let error = DeliveryError(.transient, code: "directory.down", detail: "no answer")
        builder.register(Directory(result: .failure(.unbound(error))), as: "directory")
        await #expect(throws: BuildError.unbound(error)) { _ = try await build(message) }
    }

    @Test func unknownBinderKeepsTheMessage() async throws {
        let message = try await accepted()
        await #expect(throws: BuildError.self) { _ = try await build(message) }
    }

    @Test func viewsSayThatTheValueComesLate() async throws {
        _ = try await accepted()
        let record = MessageRecord.fixture(try #require(bench.store.messages.first), state: .queued)
        #expect(MessageView.message(record)["data"] == ["name": "Ana", "link": "[bound at hand-over]"])
        #expect(try await builder.rendered(record).text.contains("link=[bound at hand-over]"))
    }

    @Test func requestFromOutsideCannotNameABinder() async throws {
        let body: JSON = [
            "to": "a@b.example", "template": "welcome",
            "data": ["name": "x", "$late": ["binder": "directory", "names": [], "reference": ["request": 5]]],
        ]
        #expect(await bench.problem(body)?.faults.map(\.pointer.description) == ["/data/$late"])
    }
}
