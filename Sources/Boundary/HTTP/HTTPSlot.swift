// SPDX-License-Identifier: Apache-2.0
import Basics
internal import CCurl
import Delivery

/// A handle with its transfer, reused for one request after the other.
final class HTTPSlot {
    /// The options shared by all requests of a client.
    struct Options: Sendable {
        let userAgent: String
        let caFile: String?
        let limits: CurlHTTPClient.Limits
        let reachesPublicAddressesOnly: Bool
        let assumesHTTP2: Bool
    }

    /// In milliseconds.
    private static let connectTimeout = 10_000

    let handle: CurlHandle
    private let transfer: HTTPTransfer
    private(set) var job: HTTPJob?
    private var isSecure = false
    /// The request has a connection of its own.
    private var isAlone = false
    /// The URL as shown in texts: without its query.
    private var place = ""
    private let version: Int

    init(_ options: Options) throws(CurlError) {
        handle = try CurlHandle()
        version = options.assumesHTTP2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_2TLS
        transfer = HTTPTransfer(limits: options.limits)
        try transfer.install(in: handle)
        if options.reachesPublicAddressesOnly { try transfer.refusePrivateAddresses(of: handle) }
        try handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // Dots in a path are sent unchanged.
        try handle.set(CURLOPT_PATH_AS_IS, 1)
        // A second request waits briefly to find out whether it can share the connection of the first.
        try handle.set(CURLOPT_PIPEWAIT, 1)
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, Self.connectTimeout)
        // Without it, a name server that does not answer would block the thread of all transfers.
        try handle.set(CURLOPT_QUICK_EXIT, 1)
        try handle.set(CURLOPT_USERAGENT, options.userAgent)
        try handle.set(CURLOPT_ACCEPT_ENCODING, "gzip")
        // The request names its proxy; libcurl would also read the environment.
        try handle.set(CURLOPT_NOPROXY, "")
        try handle.set(CURLOPT_HTTPPROXYTUNNEL, 1)
        // The proxy's response is not part of the response.
        try handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if let caFile = options.caFile { try handle.set(CURLOPT_CAINFO, caFile) }
    }

    func begin(_ job: HTTPJob) throws(CurlError) {
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
        // curl would wait for `100 Continue` before larger bodies.
        let headers =
            request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" } + ["Expect:"]
        try handle.set(CURLOPT_HTTPHEADER, list: headers)
    }

    private func setProxy(_ proxy: OutgoingProxy?) throws(CurlError) {
        try handle.set(CURLOPT_PROXY, proxy?.address ?? "")
        try handle.set(CURLOPT_PROXYUSERNAME, proxy?.credentials?.user)
        try handle.set(CURLOPT_PROXYPASSWORD, proxy?.credentials?.password.exposed)
    }

    private func setMethod(_ request: HTTPRequest) throws(CurlError) {
        try handle.set(CURLOPT_HTTPGET, 1)
        guard request.method != .get || !request.body.isEmpty else {
            return try handle.set(CURLOPT_CUSTOMREQUEST, nil)
        }
        try handle.set(CURLOPT_UPLOAD, 1)
        try handle.set(CURLOPT_INFILESIZE_LARGE, size: request.body.count)
        try handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }

    /// libcurl repeats a request by itself when a reused connection dies before the response.
    ///
    /// With a body it calls ``HTTPTransfer/rewind(to:)`` first. Without one it calls nothing, so a request that
    /// changes something then gets a connection of its own: a new one, and HTTP/1.1, which no other request can
    /// share.
    private func setConnection(_ request: HTTPRequest) throws(CurlError) {
        isAlone = request.method != .get && request.body.isEmpty
        try handle.set(CURLOPT_FRESH_CONNECT, isAlone ? 1 : 0)
        try handle.set(CURLOPT_FORBID_REUSE, isAlone ? 1 : 0)
        let isShareable = !isAlone || version == CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
        try handle.set(CURLOPT_HTTP_VERSION, isShareable ? version : CURL_HTTP_VERSION_1_1)
    }

    /// Resumes the caller with the outcome; the slot is then ready for the next request.
    func end(_ outcome: HTTPJob.Outcome) {
        let job = job
        self.job = nil
        transfer.end()
        job?.end(outcome)
    }
}

// Outcomes of transfers
extension HTTPSlot {
    /// The outcome of a transfer that ended with `code`.
    func outcome(_ code: CURLcode) -> HTTPJob.Outcome {
        if code == CURLE_OK || transfer.isCut { return .success(transfer.answer) }
        return .failure(failure(reason(code), "\(place): \(words(code))", code))
    }

    private func words(_ code: CURLcode) -> String {
        if transfer.isTooLarge { return "the answer is too large" }
        if code == CURLE_COULDNT_CONNECT, let address = transfer.refusedAddress {
            return "the name leads to \(address), which is no public address; set `allow_private: true` to allow that"
        }
        if let proxyRefusal { return "the proxy refuses the connection (\(proxyRefusal))\(proxyRemedy)" }
        if code == CURLE_COULDNT_RESOLVE_PROXY { return "the name of the proxy cannot be resolved" }
        // libcurl would only report that it could not rewind.
        return transfer.isRepeated ? "the connection ended before an answer came" : handle.explanation(of: code)
    }

    func failure(_ reason: HTTPFailure.Reason, _ detail: String, _ code: CURLcode = CURLE_OK) -> HTTPFailure {
        HTTPFailure(stage: stage(code), reason: reason, detail: detail)
    }

    private func reason(_ code: CURLcode) -> HTTPFailure.Reason {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case _ where transfer.isTooLarge: .tooLarge
        case CURLE_SSL_CONNECT_ERROR: isHandshakeCut ? .disconnected : .insecure
        case _ where Self.isInsecure(code): .insecure
        case CURLE_URL_MALFORMAT: .invalid
        default: .disconnected
        }
    }

    /// How far the transfer came; when in doubt, the later stage.
    ///
    /// libcurl's own times do not help on a reused connection, where they stay 0. So the callbacks count first: while
    /// part of a body is missing, no server can act on the request.
    private func stage(_ code: CURLcode) -> HTTPFailure.Stage {
        if transfer.answer.status > 0 || transfer.isRepeated { return .answering }
        if proxyRefusal != nil { return .connect }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return .resolve
        case CURLE_COULDNT_CONNECT, CURLE_URL_MALFORMAT, CURLE_PROXY: return .connect
        case CURLE_SSL_CONNECT_ERROR: return .tls
        case _ where Self.isInsecure(code): return .tls
        case _ where transfer.hasBegun || handle.number(CURLINFO_PRETRANSFER_TIME_T) > 0:
            return transfer.isWritten ? .answering : .sending
        case CURLE_OPERATION_TIMEDOUT, CURLE_OK: return stageByTimes
        // On a connection of its own the times are valid.
        case _ where isAlone && handle.number(CURLINFO_CONNECT_TIME_T) == 0: return .connect
        // Nothing shows whether the head was written, and without a body that is the whole request.
        default: return transfer.isWritten ? .answering : .sending
        }
    }

    /// The status with which a proxy refused to connect to the target; nil when there is none, or the tunnel was
    /// opened.
    private var proxyRefusal: Int? {
        guard job?.proxy != nil else { return nil }
        let status = handle.count(CURLINFO_HTTP_CONNECTCODE)
        return status == 0 || 200..<300 ~= status ? nil : status
    }

    private var proxyRemedy: String {
        proxyRefusal == 407 ? "; check the user and the password in `proxy`" : ""
    }

    private var stageByTimes: HTTPFailure.Stage {
        if handle.number(CURLINFO_NAMELOOKUP_TIME_T) == 0 { return .resolve }
        if handle.number(CURLINFO_CONNECT_TIME_T) == 0 { return .connect }
        return isSecure && handle.number(CURLINFO_APPCONNECT_TIME_T) == 0 ? .tls : .sending
    }

    /// True when the network ended the handshake and not a TLS error, which OpenSSL would name (`error:0A…`).
    private var isHandshakeCut: Bool {
        let words = handle.explanation(of: CURLE_SSL_CONNECT_ERROR)
        return !words.contains("error:") || words.contains("unexpected eof")
    }

    private static func isInsecure(_ code: CURLcode) -> Bool {
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            true
        default: false
        }
    }
}
