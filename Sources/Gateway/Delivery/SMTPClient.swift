// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Mail

/// An SMTP client for one server with pooled connections (RFC 5321).
public protocol SMTPClient: Sendable {
    /// Runs one mail transaction and returns how far it came; never throws, so that the caller sees every stage.
    func submit(_ transaction: SMTPTransaction) async -> SMTPOutcome

    /// Connects, starts TLS and authenticates, and sends no mail.
    func signIn(_ credentials: SMTPCredentials) async -> SMTPOutcome
}

/// Where and how to connect.
public struct SMTPEndpoint: Sendable, Hashable {
    public enum Security: Sendable, Hashable {
        /// TLS from the first byte (RFC 8314).
        case implicit
        case startTLSRequired
        case startTLSWhenOffered
        case none
    }

    public var host: String
    public var port: Int
    public var security: Security
    /// The name given in EHLO.
    public var hostName: String
    /// A file of trusted certificates in PEM form that replaces the system's.
    public var caFile: String?
    /// Certificate pin, `sha256//BASE64`.
    public var pinnedKey: String?
    public var connectTimeout: Duration
    /// The time limit for one reply.
    public var replyTimeout: Duration
    /// The time limit for the reply to the message itself.
    public var finalTimeout: Duration
    /// The most open connections.
    public var connections: Int

    public init(
        host: String,
        port: Int,
        security: Security,
        hostName: String,
        caFile: String? = nil,
        pinnedKey: String? = nil,
        connectTimeout: Duration = .seconds(10),
        replyTimeout: Duration = .seconds(60),
        finalTimeout: Duration = .seconds(300),
        connections: Int = 16
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.hostName = hostName
        self.caFile = caFile
        self.pinnedKey = pinnedKey
        self.connectTimeout = connectTimeout
        self.replyTimeout = replyTimeout
        self.finalTimeout = finalTimeout
        self.connections = connections
    }
}

public enum SMTPCredentials: Sendable, Hashable {
    public enum Mechanism: String, Sendable, Hashable {
        case plain = "PLAIN"
        case login = "LOGIN"
    }

    case none
    /// `mechanisms` in the order of preference.
    case password(user: String, password: Secret, mechanisms: [Mechanism])
    case xoauth2(user: String, token: Secret)
}

/// One MAIL, its RCPTs and one DATA.
public struct SMTPTransaction: Sendable {
    public let credentials: SMTPCredentials
    /// The envelope sender; nil is the empty path `<>`.
    public let sender: EmailAddress?
    /// In the order of ``SMTPOutcome/recipients``.
    public let recipients: [EmailAddress]
    /// The message with CRLF line ends, not dot-stuffed.
    public let content: [UInt8]

    public init(
        credentials: SMTPCredentials,
        sender: EmailAddress?,
        recipients: [EmailAddress],
        content: [UInt8]
    ) {
        self.credentials = credentials
        self.sender = sender
        self.recipients = recipients
        self.content = content
    }
}

/// A server's reply (RFC 5321 section 4.2), several lines joined by blanks.
public struct SMTPReply: Sendable, Hashable {
    public let code: Int
    /// The text after the code, the enhanced code (RFC 3463) included.
    public let text: String

    public init(code: Int, text: String) {
        self.code = code
        self.text = text
    }
}

/// How far a transaction came and the server's reply.
public struct SMTPOutcome: Sendable, Hashable {
    /// The step at which it ended.
    public enum Stage: Sendable, Hashable {
        /// Refused before a connection was made, such as for an address that cannot be written safely.
        case prepare
        case resolve
        case connect
        case tls
        case greeting
        case hello
        case startTLS
        case authentication
        case sender
        case recipients
        /// DATA was sent and its 354 awaited.
        case data
        /// The content was being written.
        case content
        /// All of the content was written and the final reply awaited.
        case final
        /// The server took the message.
        case accepted
    }

    public enum Failure: Sendable, Hashable {
        /// The server answered with a refusal: ``SMTPOutcome/reply``.
        case refused
        case timedOut
        /// The connection could not be made or was lost.
        case disconnected
        /// The certificate or the handshake was not valid.
        case insecure
        /// The server lacks a required feature: STARTTLS, AUTH, SMTPUTF8, or room for the message (SIZE).
        case unsupported
        /// The caller's task was cancelled.
        case cancelled
    }

    public let stage: Stage
    /// Nil when the stage is ``Stage/accepted``.
    public let failure: Failure?
    /// The reply that decided the outcome, if any.
    public let reply: SMTPReply?
    /// One reply for each recipient answered so far.
    public let recipients: [SMTPReply]
    /// What happened in plain words, without secrets.
    public let detail: String

    public init(stage: Stage, failure: Failure?, reply: SMTPReply?, recipients: [SMTPReply], detail: String) {
        self.stage = stage
        self.failure = failure
        self.reply = reply
        self.recipients = recipients
        self.detail = detail
    }
}
