// SPDX-License-Identifier: Apache-2.0
import Basics
internal import CCurl
import Delivery
import Mail

/// One connection to a server, kept open from message to message.
///
/// Belongs to one thread.
///
/// One call of ``attempt(_:fresh:)`` is one transfer of libcurl; what happens on the wire meanwhile is followed by an
/// ``SMTPTransfer``.
@safe final class SMTPSession {
    /// Many servers end a connection after about this many messages, some of them without a word.
    private static let messagesPerConnection = 100

    private let watch: SocketWatch
    private let endpoint: SMTPEndpoint
    private let handle: CurlHandle
    private let transfer: SMTPTransfer
    /// What the server of the open connection offers; nil when none is open.
    private var extensions: SMTPExtensions?
    private var carried = 0

    /// Begins without a connection.
    ///
    /// `watch` lets another thread end what the session is doing.
    init(_ endpoint: SMTPEndpoint, _ watch: SocketWatch) throws(CurlFault) {
        self.endpoint = endpoint
        self.watch = watch
        handle = try CurlHandle()
        transfer = SMTPTransfer(endpoint, watch)
        try configure()
    }

    /// Carries one message, on the open connection if there is one.
    ///
    /// A connection that the server had given up meanwhile shows only when it is used. Nothing was handed over then, so the
    /// message is tried once more on a new one.
    func submit(_ transaction: SMTPTransaction) -> SMTPOutcome {
        let first = attempt(transaction, fresh: false)
        guard isStale(first), !watch.isCut else { return first }
        return attempt(transaction, fresh: true)
    }

    /// True when the last attempt failed the way a connection fails that the server had closed before it was used again.
    private func isStale(_ outcome: SMTPOutcome) -> Bool {
        guard transfer.isReused else { return false }
        switch outcome.stage {
        case .sender, .recipients, .data:
            // 421 is the goodbye itself (RFC 5321 section 3.8), and 4.4.2 the enhanced code for a bad connection.
            return outcome.failure == .disconnected || outcome.reply?.code == 421
                || outcome.reply?.text.hasPrefix("4.4.2") == true
        default: return false
        }
    }

    /// Connects, signs in and says goodbye.
    ///
    /// For a session that has carried nothing.
    func signIn(_ credentials: SMTPCredentials) -> SMTPOutcome {
        attempt(SMTPTransaction(credentials: credentials, sender: nil, recipients: [], content: []), fresh: true)
    }

    /// After a failure libcurl may keep the connection all the same, in an unknown state: the session uses a connection again
    /// only while it holds that connection's extensions.
    private func attempt(_ transaction: SMTPTransaction, fresh isWanted: Bool) -> SMTPOutcome {
        let fresh = isWanted || extensions == nil
        let isLast = carried + 1 >= Self.messagesPerConnection || transaction.recipients.isEmpty
        let dialogue = SMTPDialogue(plan(of: transaction), reusing: fresh ? nil : extensions)
        if let objection = dialogue.objection {
            return .failed(at: objection.stage, .unsupported, objection.detail)
        }
        transfer.begin(dialogue, transaction, handle)
        do throws(CurlFault) {
            try set(transaction)
            try handle.set(CURLOPT_FRESH_CONNECT, fresh ? 1 : 0)
            try handle.set(CURLOPT_FORBID_REUSE, isLast ? 1 : 0)
            try setTimeouts(for: transaction)
        } catch {
            return .failed(at: .prepare, .unsupported, error.description)
        }
        let code = handle.perform()
        let outcome = transfer.outcome(code, handle)
        let staysOpen = outcome.failure == nil && !isLast
        carried = staysOpen ? (transfer.isReused ? carried : 0) + 1 : 0
        extensions = staysOpen ? transfer.dialogue.extensions : nil
        transfer.end()
        return outcome
    }

    private func plan(of transaction: SMTPTransaction) -> SMTPDialogue.Plan {
        SMTPDialogue.Plan(
            security: endpoint.security,
            mechanisms: transaction.credentials.mechanismNames,
            recipients: transaction.recipients.count,
            size: transaction.content.count,
            needsUTF8: transaction.needsUTF8
        )
    }
}

extension SMTPSession {
    /// Sets what is the same for every message.
    private func configure() throws(CurlFault) {
        try handle.set(CURLOPT_URL, endpoint.url)
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
            switch endpoint.security {
            case .implicit, .startTLSRequired: CURLUSESSL_ALL
            case .startTLSWhenOffered: CURLUSESSL_TRY
            case .none: CURLUSESSL_NONE
            }
        try handle.set(CURLOPT_USE_SSL, Int(level.rawValue))
        // A pinned key says more than a certificate does, and relays with self-signed certificates are what pins are for.
        try handle.set(CURLOPT_SSL_VERIFYPEER, endpoint.pinnedKey == nil ? 1 : 0)
        try handle.set(CURLOPT_SSL_VERIFYHOST, endpoint.pinnedKey == nil ? 2 : 0)
        if let pin = endpoint.pinnedKey { try handle.set(CURLOPT_PINNEDPUBLICKEY, pin) }
        if let file = endpoint.caFile { try handle.set(CURLOPT_CAINFO, file) }
    }

    private func set(_ transaction: SMTPTransaction) throws(CurlFault) {
        try set(transaction.credentials)
        guard !transaction.recipients.isEmpty else {
            try handle.set(CURLOPT_NOBODY, 1)
            return try handle.set(CURLOPT_CUSTOMREQUEST, "NOOP")
        }
        try handle.set(CURLOPT_UPLOAD, 1)
        try handle.set(CURLOPT_MAIL_FROM, transaction.sender?.description ?? "")
        try handle.set(CURLOPT_MAIL_RCPT, list: transaction.recipients.map(\.description))
        try handle.set(CURLOPT_INFILESIZE_LARGE, size: transfer.wireSize)
    }

    private func set(_ credentials: SMTPCredentials) throws(CurlFault) {
        var user: String?
        var password: String?
        var token: String?
        switch credentials {
        case .none: break
        case .password(let name, let secret, _): (user, password) = (name, secret.exposed)
        case .xoauth2(let name, let secret): (user, token) = (name, secret.exposed)
        }
        try handle.set(CURLOPT_USERNAME, user)
        try handle.set(CURLOPT_PASSWORD, password)
        try handle.set(CURLOPT_XOAUTH2_BEARER, token)
        let options = credentials.mechanismNames.map { "AUTH=\($0)" }.joined(separator: ";")
        try handle.set(CURLOPT_LOGIN_OPTIONS, options.isEmpty ? nil : options)
    }

    /// The limits that libcurl keeps itself; ``SMTPTransfer`` widens them as the dialogue goes on.
    private func setTimeouts(for transaction: SMTPTransaction) throws(CurlFault) {
        // Nothing takes longer than this in all, however slowly a server drips: every reply at its limit, and the content at
        // a kilobyte a second.
        let replies = endpoint.replyTimeout * (transaction.recipients.count + 8)
        let content = Duration.seconds(transaction.content.count / 1000)
        let limit = endpoint.connectTimeout + replies + content + endpoint.finalTimeout
        try handle.set(CURLOPT_TIMEOUT_MS, Int(limit.milliseconds))
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(endpoint.connectTimeout.milliseconds)))
        try handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, endpoint.replyTimeout.wholeSecondsUp)
    }
}
