// SPDX-License-Identifier: Apache-2.0
import Delivery
import Testing

struct HTTPVerdictTests {
    @Test(arguments: [
        (400, "rejected"), (401, "authentication"), (402, "misconfigured"), (403, "misconfigured"), (404, "rejected"),
        (405, "rejected"), (408, "transient"), (409, "rejected"), (410, "rejected"), (413, "rejected"),
        (415, "rejected"), (422, "rejected"), (425, "transient"), (429, "rate_limited"), (500, "uncertain"),
        (502, "uncertain"), (503, "transient"), (504, "uncertain"), (599, "uncertain"), (302, "uncertain"),
        (418, "uncertain"), (0, "uncertain"), (999, "uncertain"),
    ])
    func statusHasItsKind(_ status: Int, _ kind: String) {
        let error = DeliveryError(HTTPResponse(status: status), detail: "words")
        #expect(error.kind.name == kind)
        #expect(error.code == "http.\(status)")
        #expect(error.detail == "words")
        #expect(error.scope == (kind == "rejected" ? .message : .provider))
    }

    @Test(arguments: [
        ("30", Duration.seconds(30)), ("0", .zero), ("10000000", .seconds(10_000_000)), ("10000001", nil), ("-1", nil),
        ("Wed, 21 Oct 2026 07:28:00 GMT", nil), ("", nil), ("1.5", nil), ("99999999999999999999", nil),
    ])
    func retryAfterIsTakenInSecondsWhenItIsSensible(_ text: String, _ wait: Duration?) {
        let response = HTTPResponse(status: 429, headers: [HTTPHeader("retry-AFTER", text)])
        #expect(DeliveryError(response, detail: "").kind == .rateLimited(retryAfter: wait))
    }

    static let stages: [(HTTPFailure.Stage, String)] = [
        (.resolve, "http.resolve"), (.connect, "http.connect"), (.tls, "http.tls"), (.sending, "http.sending"),
    ]

    @Test(arguments: stages)
    func nothingIsHandedOverBeforeTheEndOfTheBody(_ stage: HTTPFailure.Stage, _ code: String) {
        for reason in [HTTPFailure.Reason.timedOut, .disconnected, .insecure, .tooLarge, .cancelled] {
            let error = DeliveryError(HTTPFailure(stage: stage, reason: reason, detail: "words"))
            #expect(error.kind == .transient)
            #expect(error.scope == .provider)
            #expect(error.code == code)
            #expect(error.detail == "words")
            #expect((error.remedy != nil) == (reason == .insecure))
        }
    }

    @Test(arguments: [HTTPFailure.Reason.timedOut, .disconnected, .insecure, .tooLarge, .cancelled, .invalid])
    func everythingAfterTheBodyIsUncertain(_ reason: HTTPFailure.Reason) {
        let error = DeliveryError(HTTPFailure(stage: .answering, reason: reason, detail: ""))
        #expect(error.kind == .uncertain)
        #expect(error.code == "http.answering")
    }

    @Test(arguments: stages)
    func requestThatCannotBeWrittenIsAMatterOfTheSettings(_ stage: HTTPFailure.Stage, _ code: String) {
        let error = DeliveryError(HTTPFailure(stage: stage, reason: .invalid, detail: ""))
        #expect(error.kind == .misconfigured)
        #expect(error.code == "http.invalid")
        #expect(error.remedy != nil)
    }
}
