// SPDX-License-Identifier: Apache-2.0
import Gateway
import Providers

extension ProviderWorkshop {
    /// All kinds of providers that come with the gateway, speaking through libcurl.
    static let builtIn = ProviderWorkshop(
        kinds: builtInProviders,
        hostName: Machine.hostName,
        clients: OutsideClients(
            smtp: { CurlSMTP($0) },
            http: Unconnected(),
            tokens: { _ in Unconnected() },
            clock: Machine.clock
        )
    )
}

/// Stands where no kind of provider needs a client yet.
private struct Unconnected: HTTPClient, TokenSource {
    func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        throw HTTPFailure(stage: .resolve, reason: .disconnected, detail: "there is no HTTP client")
    }

    func token(replacing rejected: AccessToken?) async throws(DeliveryError) -> AccessToken {
        throw DeliveryError(.misconfigured, code: "oauth.unconnected", detail: "there are no tokens")
    }
}
