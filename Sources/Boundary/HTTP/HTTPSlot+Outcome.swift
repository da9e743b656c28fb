// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import Gateway

// What the end of a transfer means.
extension HTTPSlot {
    /// What the end with `code` means.
    func outcome(_ code: CURLcode) -> HTTPJob.Outcome {
        if code == CURLE_OK { return .success(transfer.answer) }
        return .failure(failure(reason(code), "\(place): \(words(code))", code))
    }

    private func words(_ code: CURLcode) -> String {
        if transfer.isTooLarge { return "the answer is too large" }
        if let proxyRefusal { return "the proxy refuses the connection (\(proxyRefusal))\(proxyRemedy)" }
        if code == CURLE_COULDNT_RESOLVE_PROXY { return "the name of the proxy cannot be resolved" }
        // libcurl would only say that it could not rewind.
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

    /// How far the transfer came; when in doubt, further.
    ///
    /// libcurl's own times are no help on a connection that was kept: they stay 0 there. So what the callbacks saw counts
    /// first: while some of a body is missing, no server can act on the request.
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
        // On a connection of its own the times are true.
        case _ where isAlone && handle.number(CURLINFO_CONNECT_TIME_T) == 0: return .connect
        // Nothing tells whether the head was written, and without a body it is all there is to write.
        default: return transfer.isWritten ? .answering : .sending
        }
    }

    /// The status with which a proxy refused to connect to the target; nil when there is none, or the tunnel was opened.
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

    /// True when the network ended the handshake and not a disagreement, which OpenSSL would name (`error:0A…`).
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
