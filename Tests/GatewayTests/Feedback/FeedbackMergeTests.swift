// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Feedback
import Mail
import Queue
import Testing

@Suite struct FeedbackMergeTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)
    private static let (ana, bob) = (address("ana"), address("bob"))

    private static func address(_ local: String) -> EmailAddress {
        EmailAddress(checkedLocal: local, checkedDomain: "example.org")
    }

    private static func event(_ kind: FeedbackEvent.Kind, _ recipient: EmailAddress?) -> FeedbackEvent {
        FeedbackEvent(kind, id: "e", at: now, recipient: recipient)
    }

    private static func merge(
        _ state: MessageState,
        _ recipients: [RecipientStatus.State],
        _ events: [FeedbackEvent]
    ) -> FeedbackMerge {
        let statuses = zip([ana, bob, address("eve")], recipients).map {
            RecipientStatus(address: $0, kind: .to, state: $1)
        }
        var merge = FeedbackMerge(state: state, recipients: statuses)
        for event in events { _ = merge.apply(event) }
        return merge
    }

    private static let kinds: [FeedbackEvent.Kind] = [
        .delayed, .delivered, .bounced(.hard), .bounced(.soft), .complained, .opened, .clicked, .unsubscribed,
    ]

    /// Every choice of up to three of all kinds for two recipients, and of five kinds for one, in every order.
    @Test(arguments: [MessageState.sent, .uncertain])
    func anyOrderOfEventsEndsInTheSameState(_ state: MessageState) {
        let all = Self.kinds.flatMap { kind in [Self.ana, Self.bob, nil].map { Self.event(kind, $0) } }
        let start: [RecipientStatus.State] =
            state == .sent ? [.sent, .sent, .refused] : [.pending, .pending, .suppressed]
        for first in all.indices {
            for second in all.indices[first...] {
                for third in all.indices[second...] {
                    let events = [all[first], all[second], all[third]]
                    let ends = Set(events.permutations.map { Self.merge(state, start, $0).ends })
                    #expect(ends.count == 1, "\(events.map(\.kind))")
                }
            }
        }
        let five = [FeedbackEvent.Kind.delayed, .delivered, .bounced(.policy), .complained, .clicked].map {
            Self.event($0, Self.ana)
        }
        #expect(Set(five.permutations.map { Self.merge(state, start, $0).ends }).count == 1)
    }

    @Test func messageFollowsItsRecipients() {
        let cases: [([FeedbackEvent], MessageState)] = [
            ([Self.event(.delivered, Self.ana)], .sent),
            ([Self.event(.delivered, Self.ana), Self.event(.delivered, Self.bob)], .delivered),
            ([Self.event(.delivered, Self.ana), Self.event(.bounced(.soft), Self.bob)], .bounced),
            ([Self.event(.bounced(.hard), Self.ana), Self.event(.complained, Self.bob)], .complained),
            ([Self.event(.bounced(.hard), nil)], .sent),
            ([Self.event(.delayed, Self.ana), Self.event(.opened, Self.ana)], .sent),
        ]
        for (events, state) in cases {
            // The third recipient was refused, and counts for nothing.
            #expect(Self.merge(.sent, [.sent, .sent, .refused], events).state == state, "\(events.map(\.kind))")
        }
    }

    @Test func eventWithoutRecipientIsAboutTheOnlyOne() {
        #expect(Self.merge(.sent, [.sent], [Self.event(.bounced(.hard), nil)]).state == .bounced)
        let other = Self.address("forwarded")
        #expect(Self.merge(.sent, [.sent], [Self.event(.delivered, other)]).state == .delivered)
        #expect(Self.merge(.sent, [.sent, .sent], [Self.event(.bounced(.hard), other)]).state == .sent)
    }

    @Test(arguments: kinds)
    func anyEventSettlesAnUncertainMessage(_ kind: FeedbackEvent.Kind) {
        let merge = Self.merge(.uncertain, [.pending, .suppressed], [Self.event(kind, nil)])
        #expect(merge.state == .sent)
        #expect(merge.recipients?.map(\.state) == [.sent, .suppressed])
    }

    @Test(arguments: MessageState.allCases.filter { !$0.wasTaken && $0 != .uncertain })
    func otherStatesStay(_ state: MessageState) {
        #expect(Self.merge(state, [.pending], [Self.event(.delivered, Self.ana)]).state == state)
    }

    /// After its content was dropped, a message has no addresses: one bounce decides, one delivery does not.
    @Test func messageWithoutAddressesKeepsTheWorst() {
        let cases: [(FeedbackEvent.Kind, MessageState)] = [
            (.delivered, .sent), (.bounced(.hard), .bounced), (.complained, .complained), (.opened, .sent),
        ]
        for (kind, state) in cases {
            var merge = FeedbackMerge(state: .sent, recipients: nil)
            _ = merge.apply(Self.event(kind, Self.ana))
            #expect(merge.state == state)
        }
    }

    @Test func repeatedOutcomeIsNoNews() {
        var merge = FeedbackMerge(
            state: .sent,
            recipients: [RecipientStatus(address: Self.ana, kind: .to, state: .sent)]
        )
        let news = [FeedbackEvent.Kind.bounced(.soft), .delivered, .bounced(.hard), .complained].map {
            merge.apply(Self.event($0, Self.ana)).isNews
        }
        #expect(news == [true, false, false, true])
    }
}

extension FeedbackMerge {
    /// What must not depend on the order: the details of recipients are the last one's words.
    fileprivate var ends: [String] { [state.rawValue] + (recipients ?? []).map(\.state.rawValue) }
}

extension Array {
    fileprivate var permutations: [[Element]] {
        guard count > 1 else { return [self] }
        return indices.flatMap { index in
            var rest = self
            let element = rest.remove(at: index)
            return rest.permutations.map { [element] + $0 }
        }
    }
}
