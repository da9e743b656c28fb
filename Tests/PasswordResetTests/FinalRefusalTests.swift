// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import JSON
import PasswordReset
import Submission
import Testing

/// Refusals of the directory that are final, and similar ones that are not.
@Suite struct FinalRefusalTests {
    private static let password = "correct horse battery"

    @Test(arguments: [
        (400, #"{"error":"Can't reset password as account is read only"}"#),
        (400, #"{"errorMessage":"Can't reset password as account is read only"}"#),
        (400, #"{"error":"Could not modify attribute for DN [uid=ana]"}"#), (409, "{}"),
    ])
    func directoryThatRefusesForGoodIsNoOutage(_ status: Int, _ body: String) async throws {
        let bench = try await ResetBench()
        let token = try await bench.token(for: "ana@example.org")
        bench.setRealm { ($0.faults, $0.faultsMeet) = ([.status(status, body: body)], "/reset-password") }
        let problem = await #expect(throws: Problem.self) { try await bench.confirm(token, Self.password) }
        #expect(problem?.name == "password-unchangeable" && problem?.status == 422 && problem?.retryAfter == nil)
        // An operator who corrects it need not send a new link.
        try await bench.confirm(token, Self.password)
    }

    @Test
    func pageOfAProxyDoesNotTakeALinkAway() async throws {
        let bench = try await ResetBench()
        let token = try await bench.token(for: "ana@example.org")
        bench.setRealm { ($0.faults, $0.faultsMeet) = ([.status(404, body: "<html>")], "/reset-password") }
        let problem = await #expect(throws: Problem.self) { try await bench.confirm(token, Self.password) }
        #expect(problem?.status == 503)
        try await bench.confirm(token, Self.password)
    }
}
