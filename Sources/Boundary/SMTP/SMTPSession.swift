// SPDX-License-Identifier: Apache-2.0
import Basics
internal import CCurl
import Delivery
import Mail

/// One connection to a server, kept open from message to message.
///
/// Used by one thread.
///
/// One call of ``attempt(_:fresh:)`` is one transfer of libcurl; an ``SMTPTransfer`` follows its dialogue.
@safe final class SMTPSession {
    /// Many servers close a connection after about this many messages, some of them without a reply.
    private static let messagesPerConnection = 100

    private let watch: SocketWatch
    private let endpoint: SMTPEndpoint
    private let handle: CurlHandle
    private let transfer: SMTPTransfer
    /// The extensions of the server on the open connection; nil when none is open.
    private var extensions: SMTPExtensions?
    private var carried = 0

    /// Starts without a connection.
    ///
    /// `watch` lets another thread interrupt the session.
    init(_ endpoint: SMTPEndpoint, _ watch: SocketWatch) throws(CurlError) {
        self.endpoint = endpoint
        self.watch = watch
        handle = try CurlHandle()
        transfer = SMTPTransfer(endpoint, watch)
        try configure()
    }

    /// Sends one message, on the open connection if there is one.
    ///
    /// A connection that the server has closed meanwhile fails only when it is used. Nothing was handed over then, so
    /// the message is tried once more on a new one.
    func submit(_ transaction: SMTPTransaction) -> SMTPOutcome {
        let first = attempt(transaction, fresh: false)
        guard isStale(first), !watch.isCut else { return first }
        return attempt(transaction, fresh: true)
    }

    /// True when the last attempt failed like a reused connection that the server had closed.
    private func isStale(_ outcome: SMTPOutcome) -> Bool {
        guard transfer.isReused else { return false }
        switch outcome.stage {
        case .sender, .recipients, .data:
            // 421 announces the close (RFC 5321 section 3.8), and 4.4.2 is the enhanced code for a bad connection.
            return outcome.failure == .disconnected || outcome.reply?.code == 421
                || outcome.reply?.text.hasPrefix("4.4.2") == true
        default: return false
        }
    }

    /// Connects, authenticates and sends QUIT.
    ///
    /// For a session that has carried no message.
    func signIn(_ credentials: SMTPCredentials) -> SMTPOutcome {
        attempt(SMTPTransaction(credentials: credentials, sender: nil, recipients: [], content: []), fresh: true)
    }

    /// After a failure libcurl may keep the connection, in an unknown state: the session reuses a connection only
    /// while it has that connection's extensions.
    private func attempt(_ transaction: SMTPTransaction, fresh isWanted: Bool) -> SMTPOutcome {
        let fresh = isWanted || extensions == nil
        let isLast = carried + 1 >= Self.messagesPerConnection || transaction.recipients.isEmpty
        let dialogue = SMTPDialogue(plan(of: transaction), reusing: fresh ? nil : extensions)
        if let objection = dialogue.objection {
            return .failed(at: objection.stage, .unsupported, objection.detail)
        }
        transfer.begin(dialogue, transaction, handle)
        do throws(CurlError) {
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
    /// Sets the options that are the same for every message.
    private func configure() throws(CurlError) {
        try handle.set(CURLOPT_URL, endpoint.url)
        try handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        // A proxy in the environment is meant for HTTP.
        try handle.set(CURLOPT_PROXY, "")
        try handle.set(CURLOPT_SASL_IR, 1)
        try handle.set(gw_option_rcpt_allowfails, 1)
        try handle.set(CURLOPT_MAXCONNECTS, 1)
        try handle.set(CURLOPT_MAXAGE_CONN, 45)
        try handle.set(CURLOPT_NOPROGRESS, 0)
        try configureTLS()
        try transfer.install(in: handle)
    }

    private func configureTLS() throws(CurlError) {
        let level =
            switch endpoint.security {
            case .implicit, .startTLSRequired: CURLUSESSL_ALL
            case .startTLSWhenOffered: CURLUSESSL_TRY
            case .none: CURLUSESSL_NONE
            }
        try handle.set(CURLOPT_USE_SSL, Int(level.rawValue))
        // A pinned key is stronger than a certificate, and pins are used for relays with self-signed certificates.
        try handle.set(CURLOPT_SSL_VERIFYPEER, endpoint.pinnedKey == nil ? 1 : 0)
        try handle.set(CURLOPT_SSL_VERIFYHOST, endpoint.pinnedKey == nil ? 2 : 0)
        if let pin = endpoint.pinnedKey { try handle.set(CURLOPT_PINNEDPUBLICKEY, pin) }
        if let file = endpoint.caFile { try handle.set(CURLOPT_CAINFO, file) }
    }

    private func set(_ transaction: SMTPTransaction) throws(CurlError) {
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

    private func set(_ credentials: SMTPCredentials) throws(CurlError) {
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

    /// Sets the time limits that libcurl enforces; ``SMTPTransfer`` extends them as the dialogue continues.
    private func setTimeouts(for transaction: SMTPTransaction) throws(CurlError) {
        // The upper limit for the whole transfer, however slow the server: every reply at its limit, and the content
        // at a kilobyte a second.
        let replies = endpoint.replyTimeout * (transaction.recipients.count + 8)
        let content = Duration.seconds(transaction.content.count / 1000)
        let limit = endpoint.connectTimeout + replies + content + endpoint.finalTimeout
        try handle.set(CURLOPT_TIMEOUT_MS, Int(limit.milliseconds))
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(endpoint.connectTimeout.milliseconds)))
        try handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, endpoint.replyTimeout.wholeSecondsUp)
    }
}
