// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import OAuth
import Providers
import Testing

/// Secrets go to the endpoint that the client file names, or to that of the provider's own service.
struct OAuthServiceTests {
    @Test(arguments: [
        #"{"client_id":"c1","client_secret":"s1"}"#, #"{"client_id":"c1","client_secret":"s1","token_uri":null}"#,
        #"{"installed":{"client_id":"c1","client_secret":"s1","token_uri":""}}"#,
    ])
    func withoutANamedServiceNoEndpointIsAssumed(_ content: String) async throws {
        let bench = try await TokenBench()
        bench.write(content, to: "client.json")
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        let error = await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) }
        #expect(error?.kind == .misconfigured && error?.detail.contains("has no `token_uri`") == true)
        #expect(error?.remedy?.contains("Google") == false)
        #expect(bench.endpoint.calls == 0)
    }

    @Test func aPageForConsentIsAssumedOnlyBesideTheServicesOwnEndpoint() throws {
        let own = try OAuthClient(["client_id": "c"], for: .google)
        #expect(own.authorizationEndpoint?.host == "accounts.google.com")
        let other = try OAuthClient(["client_id": "c", "token_uri": "https://login.example/token"], for: .google)
        #expect(other.tokenEndpoint.host == "login.example" && other.authorizationEndpoint == nil)
    }

    @Test func keyFileWithoutAnEndpointNeedsANamedService() throws {
        let file: JSON = ["type": "service_account", "client_email": "a"]
        #expect(try OAuthClient.tokenEndpoint(in: file, for: .google).host == "oauth2.googleapis.com")
        #expect(throws: TokenError.self) { try OAuthClient.tokenEndpoint(in: file, for: nil) }
    }
}
