// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import Gateway

/// A handle with its transfer, used for one request after the other.
final class HTTPSlot {
    /// What is the same for all requests of a client.
    struct Options: Sendable {
        let userAgent: String
        let caFile: String?
        let largestBody: Int
        let assumesHTTP2: Bool
    }

    /// In milliseconds.
    private static let connectTimeout = 10_000

    let handle: CurlHandle
    let transfer: HTTPTransfer
    private(set) var job: HTTPJob?
    private(set) var isSecure = false
    /// The request has a connection of its own.
    private(set) var isAlone = false
    /// What the address is called in texts: without its query.
    private(set) var place = ""
    private let version: Int

    init(_ options: Options) throws(CurlFault) {
        handle = try CurlHandle()
        version = options.assumesHTTP2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_2TLS
        transfer = HTTPTransfer(largestBody: options.largestBody)
        try transfer.install(in: handle)
        try handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // Dots in a path are its own matter.
        try handle.set(CURLOPT_PATH_AS_IS, 1)
        // A second request waits a moment to learn whether it can share the connection of the first.
        try handle.set(CURLOPT_PIPEWAIT, 1)
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, Self.connectTimeout)
        try handle.set(CURLOPT_USERAGENT, options.userAgent)
        try handle.set(CURLOPT_ACCEPT_ENCODING, "gzip")
        // The request says what it goes through; libcurl would ask the environment too.
        try handle.set(CURLOPT_NOPROXY, "")
        try handle.set(CURLOPT_HTTPPROXYTUNNEL, 1)
        // What a proxy answers is no part of the answer.
        try handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if let caFile = options.caFile { try handle.set(CURLOPT_CAINFO, caFile) }
    }

    func begin(_ job: HTTPJob) throws(CurlFault) {
        let request = job.request
        self.job = job
        isSecure = request.url.isSecure
        let url = request.url.description
        place = String(url.prefix { $0 != "?" })
        transfer.begin(request.body)
        handle.clearExplanation()
        try handle.set(CURLOPT_URL, url)
        try handle.set(CURLOPT_TIMEOUT_MS, max(1, Int(request.timeout.milliseconds)))
        try setProxy(job.proxy)
        try setMethod(request)
        try setConnection(request)
        // curl would wait for a go-ahead before larger bodies.
        let headers =
            request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" } + ["Expect:"]
        try handle.set(CURLOPT_HTTPHEADER, list: headers)
    }

    private func setProxy(_ proxy: OutgoingProxy?) throws(CurlFault) {
        try handle.set(CURLOPT_PROXY, proxy?.address ?? "")
        try handle.set(CURLOPT_PROXYUSERNAME, proxy?.credentials?.user)
        try handle.set(CURLOPT_PROXYPASSWORD, proxy?.credentials?.password.exposed)
    }

    private func setMethod(_ request: HTTPRequest) throws(CurlFault) {
        try handle.set(CURLOPT_HTTPGET, 1)
        guard request.method != .get || !request.body.isEmpty else {
            return try handle.set(CURLOPT_CUSTOMREQUEST, nil)
        }
        try handle.set(CURLOPT_UPLOAD, 1)
        try handle.set(CURLOPT_INFILESIZE_LARGE, size: request.body.count)
        try handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }

    /// libcurl repeats a request of its own accord when a connection that others have used dies before the answer.
    ///
    /// With a body it asks ``HTTPTransfer/rewind(to:)`` first. Without one it asks nobody, so that a call that changes
    /// something gets a connection of its own then: a new one, and HTTP/1.1, where nobody joins.
    private func setConnection(_ request: HTTPRequest) throws(CurlFault) {
        isAlone = request.method != .get && request.body.isEmpty
        try handle.set(CURLOPT_FRESH_CONNECT, isAlone ? 1 : 0)
        try handle.set(CURLOPT_FORBID_REUSE, isAlone ? 1 : 0)
        let isShareable = !isAlone || version == CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
        try handle.set(CURLOPT_HTTP_VERSION, isShareable ? version : CURL_HTTP_VERSION_1_1)
    }

    /// Tells the caller what came of it; ready for the next request then.
    func end(_ outcome: HTTPJob.Outcome) {
        let job = job
        self.job = nil
        transfer.end()
        job?.end(outcome)
    }
}
