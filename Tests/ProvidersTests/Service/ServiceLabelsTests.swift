// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import JSON
import Mail
import Testing

@testable import Providers

/// The labels of a message in the forms that several services take.
@Suite struct ServiceLabelsTests {
    /// Whatever fits, to the octet, and nothing more.
    @Test(arguments: 24...80)
    func customDataFillsItsRoom(limit: Int) {
        var message = SampleMail.plain(1)
        message.metadata = ["a": "\"", "b": String(repeating: "ü", count: 5), "posthaste_id": "forged", "z": ""]
        let data = message.customData(upTo: limit)
        let size = JSON.object(data).encoded().count
        #expect(size <= limit && data["posthaste_id"] == "msg_1")
        for (key, value) in message.metadata where data[key] == nil {
            var more = data
            more[key] = .string(value)
            // A smaller member may have taken the room of an earlier one that did not fit.
            let later = data.keys.filter { $0 > key && $0 != "posthaste_id" }
            #expect(JSON.object(more).encoded().count > limit || !later.isEmpty)
        }
    }

    @Test func aRefusedMemberIsLeftOut() {
        var message = SampleMail.plain(1)
        message.metadata = ["a": "1", "b": "ü", "c": "3"]
        let data = message.customData(upTo: 1000) { $0.allSatisfy { $0 < 0x80 } }
        #expect(JSON.object(data).text() == #"{"posthaste_id":"msg_1","a":"1","c":"3"}"#)
    }
}
