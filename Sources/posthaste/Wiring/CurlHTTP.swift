// SPDX-License-Identifier: Apache-2.0
import Boundary
import Gateway

/// The HTTP client of the gateway, spoken by libcurl.
struct CurlHTTP: HTTPClient {
    private let client: CurlHTTPClient

    init(userAgent: String) {
        client = CurlHTTPClient(HTTPOptions(userAgent: userAgent))
    }

    func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let submission = HTTPSubmission(
            method: request.method.rawValue,
            url: request.url.description,
            headers: request.headers.map { ($0.name, $0.value) },
            body: request.body,
            timeout: request.timeout
        )
        switch await client.perform(submission) {
        case .answered(let answer):
            let headers = answer.headers.map { HTTPHeader($0.name, $0.value) }
            return HTTPResponse(status: answer.status, headers: headers, body: answer.body)
        case .failed(let failure):
            throw HTTPFailure(
                stage: Self.stage(failure.stage),
                reason: Self.reason(failure.reason),
                detail: failure.detail
            )
        }
    }

    private static func stage(_ stage: HTTPExchange.Stage) -> HTTPFailure.Stage {
        switch stage {
        case .resolve: .resolve
        case .connect: .connect
        case .tls: .tls
        case .sending: .sending
        case .answering: .answering
        }
    }

    private static func reason(_ reason: HTTPExchange.Reason) -> HTTPFailure.Reason {
        switch reason {
        case .timedOut: .timedOut
        case .disconnected: .disconnected
        case .insecure: .insecure
        case .tooLarge: .tooLarge
        case .cancelled: .cancelled
        case .invalid: .invalid
        }
    }
}
