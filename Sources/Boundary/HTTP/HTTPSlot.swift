// SPDX-License-Identifier: Apache-2.0
internal import CCurl

/// A handle with its transfer, used for one request after the other.
final class HTTPSlot {
    let handle: CurlHandle
    let transfer: HTTPTransfer
    private(set) var job: HTTPJob?
    private var isSecure = false
    /// What the address is called in texts: without its query.
    private var place = ""

    init(_ options: HTTPOptions) throws(CurlFault) {
        handle = try CurlHandle()
        transfer = HTTPTransfer(largestBody: options.largestBody)
        try transfer.install(in: handle)
        try handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        let version = options.assumesHTTP2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_2TLS
        try handle.set(CURLOPT_HTTP_VERSION, version)
        // A second request waits a moment to learn whether it can share the connection of the first.
        try handle.set(CURLOPT_PIPEWAIT, 1)
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(options.connectTimeout / .milliseconds(1)))
        try handle.set(CURLOPT_USERAGENT, options.userAgent)
        try handle.set(CURLOPT_ACCEPT_ENCODING, "gzip")
        // Proxies of the environment are not asked for.
        try handle.set(CURLOPT_PROXY, "")
        if let caFile = options.caFile { try handle.set(CURLOPT_CAINFO, caFile) }
    }

    func begin(_ job: HTTPJob) throws(CurlFault) {
        let submission = job.submission
        self.job = job
        isSecure = submission.url.lowercased().hasPrefix("https:")
        place = String(submission.url.prefix { $0 != "?" })
        transfer.begin(submission.body)
        try handle.set(CURLOPT_URL, submission.url)
        try handle.set(CURLOPT_TIMEOUT_MS, max(1, Int(submission.timeout / .milliseconds(1))))
        try setMethod(submission)
        // curl would wait for a go-ahead before larger bodies.
        let headers =
            submission.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" } + ["Expect:"]
        try handle.set(CURLOPT_HTTPHEADER, list: headers)
    }

    private func setMethod(_ submission: HTTPSubmission) throws(CurlFault) {
        try handle.set(CURLOPT_HTTPGET, 1)
        guard submission.method != "GET" || !submission.body.isEmpty else {
            return try handle.set(CURLOPT_CUSTOMREQUEST, nil)
        }
        try handle.set(CURLOPT_UPLOAD, 1)
        try handle.set(CURLOPT_INFILESIZE_LARGE, size: submission.body.count)
        try handle.set(CURLOPT_CUSTOMREQUEST, submission.method)
    }

    /// Tells the caller what came of it; ready for the next request then.
    func end(_ exchange: HTTPExchange) {
        let job = job
        self.job = nil
        transfer.end()
        job?.end(exchange)
    }

    /// What the end with `code` means.
    func exchange(_ code: CURLcode) -> HTTPExchange {
        if code == CURLE_OK { return .answered(transfer.answer) }
        let reason: HTTPExchange.Reason =
            switch code {
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case _ where transfer.isTooLarge: .tooLarge
            case _ where Self.isInsecure(code): .insecure
            default: .disconnected
            }
        let words = transfer.isTooLarge ? "the answer is too large" : handle.explanation(of: code)
        return failure(reason, "\(place): \(words)", code)
    }

    func failure(_ reason: HTTPExchange.Reason, _ detail: String, _ code: CURLcode = CURLE_OK) -> HTTPExchange {
        .failed(HTTPExchange.Failure(stage: stage(code), reason: reason, detail: detail))
    }

    /// How far the transfer came; when in doubt, further.
    ///
    /// libcurl's own times are no help on a connection that was kept: they stay 0 there.
    private func stage(_ code: CURLcode) -> HTTPExchange.Stage {
        if transfer.answer.status > 0 || transfer.isRepeated { return .answering }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return .resolve
        case CURLE_COULDNT_CONNECT: return .connect
        case _ where Self.isInsecure(code): return .tls
        case _ where transfer.hasBegun || handle.number(CURLINFO_PRETRANSFER_TIME_T) > 0:
            return transfer.isWritten ? .answering : .sending
        case CURLE_OPERATION_TIMEDOUT, CURLE_OK: return stageByTimes
        default: return .sending
        }
    }

    private var stageByTimes: HTTPExchange.Stage {
        if handle.number(CURLINFO_NAMELOOKUP_TIME_T) == 0 { return .resolve }
        if handle.number(CURLINFO_CONNECT_TIME_T) == 0 { return .connect }
        return isSecure && handle.number(CURLINFO_APPCONNECT_TIME_T) == 0 ? .tls : .sending
    }

    private static func isInsecure(_ code: CURLcode) -> Bool {
        switch code {
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            true
        default: false
        }
    }
}
