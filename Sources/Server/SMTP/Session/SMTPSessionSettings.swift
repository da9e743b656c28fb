// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail

/// How a listener uses TLS.
package enum SMTPSecurity: String, Sendable, Hashable {
    case plain
    case starttls
    case implicit
}

/// The limits of a session.
package struct SMTPLimits: Sendable, Hashable {
    /// The largest message, in bytes after mending.
    package var messageBytes = 26_214_400
    /// The largest mail to the bounce domain.
    package var reportBytes = 1 << 20
    /// A larger message is read to its end and refused, up to this size; then the connection is closed.
    package var discardedBytes = 64 << 20
    package var recipients = 1000
    /// The most recipients of a report: each is about one message, and a report comes to one of them.
    package var reportRecipients = 10
    package var commandLine = 4096
    package var loginLine = 12_288
    package var contentLine = 1 << 20
    package var headerBytes = 256 << 10
    package var headerFields = 1000
    package var receivedFields = 50
    package var errors = 20
    /// Commands that bring no transaction forward, since the last mail: among them RCPT for a recipient that is known already, and
    /// commands that got a temporary refusal.
    package var idleCommands = 100
    package var failedLogins = 3
    /// The time limit for the next command, and for the next byte of a message.
    package var idle = Duration.seconds(300)
    package var handshake = Duration.seconds(15)
    /// The time limit of the handshake of a client that gets a refusal in place of the greeting.
    package var refusedHandshake = Duration.seconds(5)
    /// The time limit for the check of a login, and of a sender.
    package var check = Duration.seconds(3)
    /// The time limit for storing a mail; the gateway gives up earlier.
    package var storing = Duration.seconds(10)
    /// The time for a message, in addition to the time that its bytes need at ``contentRate``.
    package var contentStart = Duration.seconds(60)
    /// The minimum rate of a message, in bytes a second.
    package var contentRate = 500
    /// How long a failed login waits for its reply.
    package var loginDelay = Duration.seconds(1)

    package init() {}
}

/// What a session knows about its listener and its client.
package struct SMTPSessionSettings: Sendable {
    /// The name in the greeting.
    package var hostname: String
    package var security: SMTPSecurity
    /// The client is on this machine, so that it may log in without TLS.
    package var isLocal = false
    /// The client acts as a key without a login, at the start of the session.
    package var isTrusted = false
    /// Reports to addresses of this domain are taken without a login; nil for none.
    package var bounces: SMTPBounces?
    /// The domain of recipients that have none.
    package var defaultDomain: String?
    /// Refuses mail with a bare CR or LF in place of mending it.
    package var refusesBareNewlines = false
    package var limits = SMTPLimits()

    package init(hostname: String, security: SMTPSecurity) {
        self.hostname = hostname
        self.security = security
    }
}

/// The domain of the envelope senders of sent mail, to which reports come.
package struct SMTPBounces: Sendable {
    /// In lower case and in A-labels.
    package let domain: String
    /// True for an address of the domain that the gateway has made.
    package let has: @Sendable (EmailAddress) -> Bool

    package init(domain: String, has: @escaping @Sendable (EmailAddress) -> Bool) {
        (self.domain, self.has) = (domain, has)
    }
}

/// A user name and a password.
package struct SMTPCredentials: Sendable, Hashable {
    package let user: String
    package let password: Secret

    package init(user: String, password: Secret) {
        self.user = user
        self.password = password
    }
}
