// SPDX-License-Identifier: Apache-2.0
package import Basics

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
    package var commandLine = 4096
    package var loginLine = 12_288
    package var contentLine = 1 << 20
    package var headerBytes = 256 << 10
    package var headerFields = 1000
    package var receivedFields = 50
    package var errors = 20
    /// Commands that bring no transaction forward, since the last mail.
    package var idleCommands = 100
    package var failedLogins = 3
    /// The time limit for the next command, and for the next byte of a message.
    package var idle = Duration.seconds(300)
    package var handshake = Duration.seconds(60)
    /// The time that a message has beside the time for its bytes.
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
    /// The client acts as a key without a login.
    package var isTrusted = false
    /// Mail to this domain is taken without a login; nil for none.
    package var bounceDomain: String?
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

/// A user name and a password.
package struct SMTPCredentials: Sendable, Hashable {
    package let user: String
    package let password: Secret

    package init(user: String, password: Secret) {
        self.user = user
        self.password = password
    }
}
