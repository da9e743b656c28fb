// SPDX-License-Identifier: Apache-2.0
public import Delivery

/// An HTTP client without a network: every call fails at the host look-up.
public struct UnreachableHTTP: HTTPClient {
    public init() {}

    public func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        throw HTTPFailure(stage: .resolve, reason: .disconnected, detail: "there is no network here")
    }
}

/// A token source without tokens.
public struct NoTokens: TokenSource {
    public init() {}

    public func token(replacing rejected: AccessToken?) async throws(DeliveryError) -> AccessToken {
        throw DeliveryError(.authentication, code: "oauth.no_token", detail: "there is no token here")
    }
}
