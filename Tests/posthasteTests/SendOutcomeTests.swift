// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import Testing

@testable import posthaste

/// How long `send --wait` waits for a message that is not sent at once.
@Suite struct SendOutcomeTests {
    private static let now = Timestamp(milliseconds: 1_790_000_000_000)
    private static let end = now + .seconds(30)

    private static func record(_ state: MessageState, due: Duration?, _ last: MessageEvent.Kind) -> MessageRecord {
        MessageRecord(
            id: "msg_1",
            state: state,
            priority: .normal,
            createdAt: now,
            updatedAt: now,
            due: due.map { now + $0 },
            agedFrom: now,
            parkedAt: state == .parked ? now : nil,
            keyID: nil,
            provider: nil,
            providerMessageID: nil,
            attempts: 0,
            passes: 0,
            failure: nil,
            request: nil,
            sealedSecrets: nil,
            recipients: [],
            brand: "default",
            category: nil,
            events: [MessageEvent(at: now, kind: last)]
        )
    }

    @Test(
        arguments: [
            // Parked mail is sent as soon as a provider recovers.
            (record(.parked, due: nil, .parked), false, true),
            (record(.queued, due: .seconds(5), .deferred), false, true),
            (record(.queued, due: .seconds(31), .deferred), true, true),
            (record(.queued, due: .zero, .accepted), false, false),
            (record(.scheduled, due: .seconds(5), .accepted), false, false),
            (record(.scheduled, due: .seconds(31), .accepted), true, false),
            (record(.sending, due: nil, .accepted), false, false),
        ] as [(MessageRecord, Bool, Bool)]
    )
    func onlyAKnownTimeEndsTheWait(record: MessageRecord, isPutOff: Bool, hasBeenTried: Bool) {
        #expect(SendOutcome.isPutOff(record, beyond: Self.end) == isPutOff)
        #expect(SendOutcome.hasBeenTried(record) == hasBeenTried)
    }
}
