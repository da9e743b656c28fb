// SPDX-License-Identifier: Apache-2.0
import Boundary
import Gateway
import Synchronization

/// The HTTP client of the gateway, spoken by libcurl.
final class CurlHTTP: HTTPClient {
    private let client: CurlHTTPClient
    private let proxies: Mutex<ProxyRules>

    init(userAgent: String, proxies: ProxyRules) {
        client = CurlHTTPClient(HTTPOptions(userAgent: userAgent))
        self.proxies = Mutex(proxies)
    }

    /// Takes the setting `proxy` of the whole gateway for the requests to come.
    func configure(proxy: ProxyChoice?) {
        proxies.withLock { $0.setting = proxy }
    }

    func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        var submission = HTTPSubmission(
            method: request.method.rawValue,
            url: request.url.description,
            headers: request.headers.map { ($0.name, $0.value) },
            body: request.body,
            timeout: request.timeout
        )
        let proxy = proxies.withLock { $0.proxy(for: request.url, choice: request.proxy) }
        submission.proxy = proxy.map { proxy in
            HTTPSubmission.Proxy(
                url: proxy.address,
                user: proxy.credentials?.user,
                password: proxy.credentials?.password.exposed
            )
        }
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
