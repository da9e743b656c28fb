// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import Testing

typealias HTTPOutcome = Result<HTTPResponse, HTTPFailure>

extension CurlHTTPClient {
    /// Sends a request to a URL given as text; the hour is longer than any test may take.
    func send(
        _ method: HTTPRequest.Method,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeout: Duration = .seconds(3600),
        proxy: String? = nil
    ) async -> HTTPOutcome {
        guard let url = HTTPURL(url) else {
            Issue.record("`\(url)` is no address")
            return .failure(HTTPFailure(stage: .connect, reason: .invalid, detail: "no address"))
        }
        let headers = headers.map { HTTPHeader($0.name, $0.value) }
        var request = HTTPRequest(method, url, headers: headers, body: body, timeout: timeout)
        request.proxy = proxy.flatMap { OutgoingProxy($0) }.map { .through($0) }
        do throws(HTTPFailure) { return .success(try await perform(request)) } catch { return .failure(error) }
    }
}

func failure(_ outcome: HTTPOutcome) throws -> HTTPFailure {
    guard case .failure(let failure) = outcome else {
        Issue.record("it was answered: \(outcome)")
        throw CancellationError()
    }
    return failure
}

func answer(_ outcome: HTTPOutcome) throws -> HTTPResponse {
    guard case .success(let answer) = outcome else {
        Issue.record("it failed: \(outcome)")
        throw CancellationError()
    }
    return answer
}
