// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Mail
import Synchronization
import Testing

@testable import Feedback

@Suite struct StoredBouncesTests {
    /// Messages with one recipient, and what was stored about them.
    private final class Bench: SentMessages, FeedbackIntake {
        struct State {
            var events: [FeedbackEvent] = []
            var unproven = 0
            var isDown = false
        }

        static let ids = (1...2).map { "msg_01KF000000000000000000000\($0)" }

        let state = Mutex(State())
        let addresses: VERPAddresses

        init() throws {
            addresses = VERPAddresses(domain: "bounces.example.org", sealing: try VERPAddressesTests.sealing(1))
        }

        func sentMessage(_ id: String) async throws(StoreError) -> SentMessage? {
            guard Self.ids.contains(id) else { return nil }
            let ana = EmailAddress(checkedLocal: "ana", checkedDomain: "there.example")
            return SentMessage(id: id, messageID: nil, recipients: [ana])
        }

        func add(_ events: [FeedbackEvent], of provider: String?) async throws(StoreError) {
            #expect(provider == nil)
            if state.withLock(\.isDown) { throw .unavailable("down") }
            state.withLock { $0.events += events }
        }

        var bounces: StoredBounces {
            StoredBounces(
                addresses: { self.addresses },
                messages: self,
                feedback: self,
                clock: { Timestamp(milliseconds: 5) },
                onUnproven: { self.state.withLock { $0.unproven += 1 } }
            )
        }

        func take(_ recipients: [EmailAddress?], reports: Bool = true) async throws(StoreError) {
            let status =
                "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; ana@there.example"
                + "\r\nAction: failed\r\nStatus: 5.1.1\r\n"
            let bytes = Array((reports ? status : "Auto-Submitted: auto-replied\r\n\r\nI am away.\r\n").utf8)
            try await bounces.take(BounceMail(bytes, recipients: recipients.compactMap { $0 }, hasNullSender: true))
        }
    }

    @Test func reportBecomesAnEventOfEachProvedMessage() async throws {
        let bench = try Bench()
        try await bench.take(Bench.ids.map { bench.addresses.address(for: $0) })
        let events = bench.state.withLock(\.events)
        #expect(events.map(\.messageID) == Bench.ids)
        #expect(events.allSatisfy { $0.kind == .bounced(.hard) && $0.at == Timestamp(milliseconds: 5) })
        #expect(bench.state.withLock(\.unproven) == 0)
    }

    @Test func whatIsNotProvedIsCountedAndStoresNothing() async throws {
        let bench = try Bench()
        // A message that is not in the store any more, and an address with a wrong proof.
        try await bench.take([bench.addresses.address(for: "msg_01KF0000000000000000000009")])
        #expect(bench.state.withLock(\.unproven) == 1)
        let wrong = EmailAddress(
            checkedLocal: "b+\(Bench.ids[0]).aaaaaaaaaaaaaaaa",
            checkedDomain: "bounces.example.org"
        )
        try await bench.take([wrong])
        try await bench.take([bench.addresses.address(for: Bench.ids[0])], reports: false)
        #expect(bench.state.withLock(\.unproven) == 1)
        #expect(bench.state.withLock(\.events).isEmpty)
    }

    @Test func failureOfTheStoreReachesTheCaller() async throws {
        let bench = try Bench()
        bench.state.withLock { $0.isDown = true }
        await #expect(throws: StoreError.self) { try await bench.take([bench.addresses.address(for: Bench.ids[0])]) }
    }
}
