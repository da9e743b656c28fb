// SPDX-License-Identifier: Apache-2.0
import Queue
import Testing

@Suite struct MessageStateTests {
    /// As the API document promises.
    @Test func personActsOnTheStatesThatTheDocumentNames() {
        #expect(MessageState.cancellable.words == "scheduled, queued, parked and uncertain")
        #expect(MessageState.retryable.words == "parked, uncertain, failed and cancelled")
    }

    @Test(arguments: MessageState.allCases)
    func stateHasOnePlace(_ state: MessageState) {
        #expect(MessageState.open.contains(state) != MessageState.final.contains(state))
        #expect(state.canBecome(.expired) || !MessageState.waiting.contains(state))
        #expect(state.canBecome(.queued) || !MessageState.retryable.contains(state))
        #expect(!state.canBecome(state))
    }

    /// What providers report of one message, in any order, ends in the same state.
    @Test(arguments: [
        ([MessageState.delivered, .bounced], MessageState.bounced),
        ([.delivered, .complained], .complained),
        ([.bounced, .complained], .complained),
        ([.delivered, .bounced, .complained], .complained),
    ])
    func orderOfReportsDoesNotMatter(_ reports: [MessageState], _ end: MessageState) {
        for order in [reports, reports.reversed()] {
            for start in [MessageState.sent, .uncertain] {
                #expect(order.reduce(start) { $0.canBecome($1) ? $1 : $0 } == end)
            }
        }
    }
}
