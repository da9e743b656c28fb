// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import OAuth
import Storage
import Testing

/// A token store changes or fails at the worst moment.
struct OutsideChangeTests {
    @Test
    func rowEditedWhileRotatingKeepsTheNewRefreshToken() async throws {
        let bench = try await TokenBench()
        bench.endpoint.change { $0.rotates = true }
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        bench.endpoint.change { state in
            // Sealing again has the same effect: another version, the same grant. It cannot fail: the row exists.
            state.meanwhile = { try? await bench.put(#"{"refresh_token":"r1","note":"kept"}"#) }
        }
        #expect(try await source.token(replacing: nil).value.exposed == "a1")
        bench.advance(by: .seconds(3600))
        let other = bench.registry("g2").source(for: bench.request())
        #expect(try await other.token(replacing: nil).value.exposed == "a2")
    }

    @Test
    func grantReplacedWhileTheOldOneIsRenewedIsUsedNext() async throws {
        let bench = try await TokenBench()
        bench.endpoint.change { $0.good.insert("r2") }
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        bench.endpoint.change { state in
            // It cannot fail: the row exists.
            state.meanwhile = { try? await bench.put(#"{"refresh_token":"r2"}"#) }
        }
        #expect(try await source.token(replacing: nil).value.exposed == "a1")
        bench.endpoint.change { $0.good = ["r2"] }
        #expect(try await source.token(replacing: nil).value.exposed == "a2")
    }

    @Test
    func placeThatCouldNotBeReadLeavesNoTrace() async throws {
        let bench = try await TokenBench()
        bench.write("{", to: "token.json")
        let registry = bench.registry()
        let source = registry.source(for: bench.request(.file(bench.path("token.json"))))
        for _ in 0..<50 { await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) } }
        #expect(source.status.state == .failing)
        bench.write(#"{"access_token":"t","refresh_token":"r1","expires_at":1800003600}"#, to: "token.json")
        #expect(try await source.token(replacing: nil).value.exposed == "t")
        #expect(source.status.state == .good)
        #expect(source.status.failure == nil)
    }

    @Test
    func clockSetBackByMinutesDoesNotStopRenewal() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        let first = try await source.token(replacing: nil)
        bench.advance(by: .seconds(-1800))
        #expect(try await source.token(replacing: first).value.exposed == "a2")
    }

    private struct Refusal: Error {}

    @Test func refusedSettingsLeaveTheSourcesAsTheyWere() async throws {
        let bench = try await TokenBench()
        bench.write(#"{"refresh_token":"r1"}"#, to: "new.json")
        let registry = bench.registry()
        let (old, new) = (bench.request(), bench.request(.file(bench.path("new.json"))))
        let source = registry.source(for: old)
        #expect(throws: Refusal.self) {
            try registry.reading { () throws(Refusal) in
                _ = registry.source(for: new)
                throw Refusal()
            }
        }
        #expect(registry.requests == [old] && registry.source(of: "google") === source)
        await registry.keep()
        // Neither renewed nor reported.
        #expect(bench.endpoint.calls == 0 && registry.statuses().map(\.place) == ["database"])

        registry.reading { _ = registry.source(for: new) }
        #expect(registry.requests == [new])
        await registry.keep()
        #expect(bench.endpoint.calls == 1)
        let kept = registry.source(for: new)
        #expect(registry.reading { registry.source(for: new) } === kept)
    }

    @Test
    func secretsThatAnEndpointQuotesAreNotRepeated() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"1//secret-token"}"#)
        let quoting = StrictEndpoint.refusal(400, "no 1//secret-token", "1//secret-token of client s1 is odd")
        bench.endpoint.change { $0.answers = [quoting] }
        let source = bench.registry().source(for: bench.request())
        let error = await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) }
        #expect(error?.detail.contains("is odd") == true)
        #expect(error?.detail.contains("secret-token") == false)
        #expect(error?.detail.contains("s1") == false)
    }
}
