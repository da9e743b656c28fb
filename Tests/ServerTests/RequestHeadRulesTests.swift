// SPDX-License-Identifier: Apache-2.0
import Server
import Testing

/// RFC 9112 sections 3.2, 6.1 and 6.3, over a socket and without one.
@Suite(.timeLimit(.minutes(1))) struct RequestHeadRulesTests {
    private static let chunks = "4\r\n{\"a\"\r\n0\r\n\r\n"

    @Test(arguments: [
        ("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        ("GET /healthz HTTP/1.0\r\n\r\n", 200),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a@b\r\nConnection: close\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a:99999\r\nConnection: close\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n", 200),
        ("GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 200),
        // The target's host applies, whatever `Host` says; `Host` must still be present and well-formed.
        ("GET http://a.example/healthz HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n\r\n", 200),
        ("GET http://a.example:8025/healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 200),
        ("GET http://a.example/healthz HTTP/1.1\r\nHost: b@b\r\nConnection: close\r\n\r\n", 400),
        ("GET http://a.example/healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        // Captured mail is shown only under the gateway's own host.
        ("GET http://evil.example/console/captured HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 303),
        ("GET http://localhost/console/captured HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 200),
        ("GET http://localhost/console/captured HTTP/1.0\r\nHost: evil.example\r\n\r\n", 200),
        ("GET http://A.example:80/healthz HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", 200),
        ("GET http://u@a.example/healthz HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", 400),
        ("GET ftp://a.example/healthz HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", 400),
        ("GET healthz HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n", 400),
        (
            "POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n\(chunks)",
            501
        ),
        (
            "POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\nConnection: close\r\n\r\n\(chunks)",
            501
        ),
        ("POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n", 400),
        (
            "POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\nConnection: close\r\n\r\n\(chunks)",
            400
        ),
        ("POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n\(chunks)", 400),
        ("POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", 400),
        ("POST /healthz HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)", 400),
        ("POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\(chunks)", 405),
    ])
    func headIsJudgedBeforeItIsAnswered(_ request: String, _ status: Int) async throws {
        try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { _, port in
            let answer = try await RawClient.exchange(port, request)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(request): \(answer.prefix(200))")
            if status >= 400 { #expect(answer.contains("application/problem+json")) }
        }
    }

    @Test func requestBeforeARefusedOneIsAnsweredFirst() async throws {
        try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { _, port in
            let answer = try await RawClient.exchange(
                port,
                "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"
                    + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
            )
            let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses == ["200", "400"])
        }
    }

    @Test(arguments: ["//metrics", "/metrics/", "//v1/messages", "/v1//messages"])
    func addressWithAnEmptySegmentIsAnother(_ path: String) async throws {
        try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { _, port in
            let answer = try await RawClient.exchange(
                port,
                "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            #expect(answer.hasPrefix("HTTP/1.1 404 "), "\(answer.prefix(100))")
        }
    }

    @Test(arguments: [
        "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Proto",
        "X-Real-IP",
        "X-Client-IP", "Forwarded", "Via", "CF-Connecting-IP", "True-Client-IP", "x-forwarded-anything",
        "X-Original-URI",
    ])
    func forwardedRequestIsNotLocal(_ field: String) async throws {
        try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { _, port in
            let head = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\(field): 1\r\nConnection: close\r\n\r\n"
            let answer = try await RawClient.exchange(port, head)
            #expect(answer.hasPrefix("HTTP/1.1 401 "))
        }
    }
}
