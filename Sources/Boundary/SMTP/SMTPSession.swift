// SPDX-License-Identifier: Apache-2.0
internal import CCurl

/// One connection to a relay, kept open from message to message.
///
/// Belongs to one thread.
///
/// One call of ``attempt(_:fresh:)`` is one transfer of libcurl; what happens on the wire meanwhile is followed by an
/// ``SMTPTransfer``.
@safe final class SMTPSession {
    /// Many servers end a connection after about this many messages, some of them without a word.
    private static let messagesPerConnection = 100

    private let watch: SocketWatch
    private let relay: SMTPRelay
    private let handle: CurlHandle
    private let transfer: SMTPTransfer
    /// What the server of the open connection offers; nil when none is open.
    private var offer: SMTPOffer?
    private var carried = 0

    /// Begins without a connection.
    ///
    /// `watch` lets another thread end what the session is doing.
    init(_ relay: SMTPRelay, _ watch: SocketWatch) throws(CurlFault) {
        self.relay = relay
        self.watch = watch
        handle = try CurlHandle()
        transfer = SMTPTransfer(relay.timeouts, watch)
        try configure()
    }

    /// Carries one message, on the open connection if there is one.
    ///
    /// A connection that the server had given up meanwhile shows only when it is used. Nothing was handed over then, so the
    /// message is tried once more on a new one.
    func submit(_ submission: SMTPSubmission) -> SMTPExchange {
        let first = attempt(submission, fresh: false)
        guard first.isStale, !watch.isCut else { return first }
        return attempt(submission, fresh: true)
    }

    /// Connects, signs in and says goodbye.
    ///
    /// For a session that has carried nothing.
    func signIn(_ login: SMTPLogin) -> SMTPExchange {
        attempt(SMTPSubmission(login: login, sender: "", recipients: [], content: []), fresh: true)
    }

    /// After any failure libcurl may keep the connection all the same, in a state that we do not know: only one whose offer we
    /// hold is used again.
    private func attempt(_ submission: SMTPSubmission, fresh isWanted: Bool) -> SMTPExchange {
        let fresh = isWanted || offer == nil
        let isLast = carried + 1 >= Self.messagesPerConnection || submission.recipients.isEmpty
        let dialogue = SMTPDialogue(plan(of: submission), reusing: fresh ? nil : offer)
        if let objection = dialogue.objection {
            return .refused(atStage: objection.stage, .unsupported, objection.detail)
        }
        transfer.begin(dialogue, submission, handle)
        do throws(CurlFault) {
            try set(submission)
            try handle.set(CURLOPT_FRESH_CONNECT, fresh ? 1 : 0)
            try handle.set(CURLOPT_FORBID_REUSE, isLast ? 1 : 0)
            try setTimeouts(for: submission)
        } catch {
            return .refused(atStage: .prepare, .unsupported, error.description)
        }
        let code = handle.perform()
        let exchange = transfer.exchange(code, handle)
        let staysOpen = exchange.failure == nil && !isLast
        carried = staysOpen ? (exchange.isConnectionReused ? carried : 0) + 1 : 0
        offer = staysOpen ? transfer.dialogue.offer : nil
        transfer.end()
        return exchange
    }

    private func plan(of submission: SMTPSubmission) -> SMTPDialogue.Plan {
        SMTPDialogue.Plan(
            security: relay.security,
            mechanisms: submission.login.mechanisms,
            recipients: submission.recipients.count,
            size: submission.content.count,
            needsUTF8: submission.needsUTF8
        )
    }
}

extension SMTPSession {
    /// Sets what is the same for every message.
    private func configure() throws(CurlFault) {
        try handle.set(CURLOPT_URL, relay.url)
        try handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        // A proxy named in the environment is meant for the web.
        try handle.set(CURLOPT_PROXY, "")
        try handle.set(CURLOPT_SASL_IR, 1)
        try handle.set(gw_option_rcpt_allowfails, 1)
        try handle.set(CURLOPT_MAXCONNECTS, 1)
        try handle.set(CURLOPT_MAXAGE_CONN, 45)
        try handle.set(CURLOPT_NOPROGRESS, 0)
        try configureTLS()
        try transfer.install(in: handle)
    }

    private func configureTLS() throws(CurlFault) {
        let level =
            switch relay.security {
            case .implicit, .startTLSRequired: CURLUSESSL_ALL
            case .startTLSWhenOffered: CURLUSESSL_TRY
            case .none: CURLUSESSL_NONE
            }
        try handle.set(CURLOPT_USE_SSL, Int(level.rawValue))
        // A pinned key says more than a certificate does, and relays with self-signed certificates are what pins are for.
        try handle.set(CURLOPT_SSL_VERIFYPEER, relay.pinnedKey == nil ? 1 : 0)
        try handle.set(CURLOPT_SSL_VERIFYHOST, relay.pinnedKey == nil ? 2 : 0)
        if let pin = relay.pinnedKey { try handle.set(CURLOPT_PINNEDPUBLICKEY, pin) }
        if let file = relay.caFile { try handle.set(CURLOPT_CAINFO, file) }
    }

    private func set(_ submission: SMTPSubmission) throws(CurlFault) {
        try set(submission.login)
        guard !submission.recipients.isEmpty else {
            try handle.set(CURLOPT_NOBODY, 1)
            return try handle.set(CURLOPT_CUSTOMREQUEST, "NOOP")
        }
        try handle.set(CURLOPT_UPLOAD, 1)
        try handle.set(CURLOPT_MAIL_FROM, submission.sender)
        try handle.set(CURLOPT_MAIL_RCPT, list: submission.recipients)
        try handle.set(CURLOPT_INFILESIZE_LARGE, size: transfer.wireSize)
    }

    private func set(_ login: SMTPLogin) throws(CurlFault) {
        var user: String?
        var password: String?
        var token: String?
        switch login {
        case .none: break
        case .password(let name, let secret, _): (user, password) = (name, secret)
        case .xoauth2(let name, let secret): (user, token) = (name, secret)
        }
        try handle.set(CURLOPT_USERNAME, user)
        try handle.set(CURLOPT_PASSWORD, password)
        try handle.set(CURLOPT_XOAUTH2_BEARER, token)
        let options = login.mechanisms.map { "AUTH=\($0.rawValue)" }.joined(separator: ";")
        try handle.set(CURLOPT_LOGIN_OPTIONS, options.isEmpty ? nil : options)
    }

    /// The limits that libcurl keeps itself; ``SMTPTransfer`` widens them as the dialogue goes on.
    private func setTimeouts(for submission: SMTPSubmission) throws(CurlFault) {
        let timeouts = relay.timeouts
        // Nothing takes longer than this in all, however slowly a server drips: every reply at its limit, and the content at
        // a kilobyte a second.
        let replies = timeouts.reply * (submission.recipients.count + 8)
        let content = Duration.seconds(submission.content.count / 1000)
        try handle.set(CURLOPT_TIMEOUT_MS, (timeouts.connect + replies + content + timeouts.final).wholeMilliseconds)
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, timeouts.connect.wholeMilliseconds))
        try handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, timeouts.reply.wholeSecondsUp)
    }
}

extension SMTPExchange {
    /// True when it failed the way a connection fails that the server had closed before we used it again.
    fileprivate var isStale: Bool {
        guard isConnectionReused else { return false }
        switch stage {
        case .sender, .recipients, .data:
            // 421 is the goodbye itself (RFC 5321 section 3.8), and 4.4.2 the enhanced code for a bad connection.
            return failure == .disconnected || reply?.code == 421 || reply?.text.hasPrefix("4.4.2") == true
        default: return false
        }
    }
}
