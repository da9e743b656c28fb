// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import Gateway

extension SMTPTransfer {
    /// What became of the transfer, judged by the replies first and by libcurl's code where there is none.
    func outcome(_ code: CURLcode, _ handle: CurlHandle) -> SMTPOutcome {
        let (stage, failure, reply) = ending(code, handle)
        return SMTPOutcome(
            stage: stage,
            failure: failure,
            reply: reply,
            recipients: dialogue.recipients,
            detail: detail(failure, reply, code, handle)
        )
    }

    private typealias Ending = (SMTPOutcome.Stage, SMTPOutcome.Failure?, SMTPReply?)

    private func ending(_ code: CURLcode, _ handle: CurlHandle) -> Ending {
        if let acceptance = dialogue.acceptance { return (.accepted, nil, acceptance) }
        if let objection = dialogue.objection { return (objection.stage, .unsupported, nil) }
        if let refusal = dialogue.refusal { return (dialogue.stage, .refused, refusal) }
        let stage = stage(handle)
        if watch.isCut { return (stage, .cancelled, nil) }
        if isTimedOut || code == CURLE_OPERATION_TIMEDOUT { return (stage, .timedOut, nil) }
        if let insecurity = CurlInsecurity(code) { return (insecurity == .ours ? .prepare : .tls, .insecure, nil) }
        if code == CURLE_LOGIN_DENIED { return (.authentication, .refused, SMTPChallenge.refusal(in: dialogue.last)) }
        // A goodbye among the replies to RCPT is one recipient's refusal until the connection is gone.
        if stage == .recipients, let last = dialogue.last, last.code == 421 { return (stage, .refused, last) }
        return (stage, .disconnected, nil)
    }

    private func stage(_ handle: CurlHandle) -> SMTPOutcome.Stage {
        guard isConnected || dialogue.stage != .greeting else {
            if handle.number(CURLINFO_NAMELOOKUP_TIME_T) == 0 { return .resolve }
            return handle.number(CURLINFO_CONNECT_TIME_T) == 0 ? .connect : .tls
        }
        guard dialogue.stage == .content else { return dialogue.stage }
        return handle.number(CURLINFO_SIZE_UPLOAD_T) < wireSize ? .content : .final
    }

    private func detail(
        _ failure: SMTPOutcome.Failure?,
        _ reply: SMTPReply?,
        _ code: CURLcode,
        _ handle: CurlHandle
    ) -> String {
        switch failure {
        case nil, .refused: reply.map { "\($0.code) \($0.text)" } ?? handle.explanation(of: code)
        case .unsupported: dialogue.objection?.detail ?? handle.explanation(of: code)
        case .cancelled: "the attempt was cancelled"
        case .timedOut where isConnected: "the server did not answer in time"
        case .timedOut, .disconnected, .insecure: handle.explanation(of: code)
        }
    }
}

/// A failure of TLS: of the line and its other end, or of what we were told to use.
enum CurlInsecurity {
    case theirs
    case ours

    init?(_ code: CURLcode) {
        switch code {
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ISSUER_ERROR, CURLE_USE_SSL_FAILED:
            self = .theirs
        case CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED:
            self = .ours
        default: return nil
        }
    }
}
