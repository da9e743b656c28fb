// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Settings

/// An address on which the server listens.
package struct SMTPListener: Sendable, Hashable {
    package let address: ListenAddress
    package let security: SMTPSecurity

    package init(address: ListenAddress, security: SMTPSecurity) {
        (self.address, self.security) = (address, security)
    }
}

/// The settings of all listeners; they apply to each new connection, and the trust to each MAIL.
package struct SMTPServerSettings: Sendable {
    /// Clients that act as a key without a login.
    package struct Trust: Sendable, Hashable {
        package let network: IPNetwork
        package let key: String

        package init(network: IPNetwork, key: String) {
            (self.network, self.key) = (network, key)
        }
    }

    package var hostname: String
    package var trusted: [Trust] = []
    package var bounces: SMTPBounces?
    package var defaultDomain: String?
    package var refusesBareNewlines = false
    /// The most connections of all listeners.
    package var connections = 1000
    package var connectionsPerClient = 50
    /// The most memory for the content of mails that are being received or stored, over all connections.
    package var contentBytes = 512 << 20
    /// How long a mail under way may take at shutdown.
    package var drain = Duration.seconds(10)
    package var limits = SMTPLimits()

    package init(hostname: String) {
        self.hostname = hostname
    }

    func trust(of client: IPAddress?) -> Trust? {
        client.flatMap { client in trusted.first { $0.network.contains(client) } }
    }

    func session(_ security: SMTPSecurity, client: IPAddress?) -> SMTPSessionSettings {
        var session = SMTPSessionSettings(hostname: hostname, security: security)
        session.isLocal = client?.isLoopback ?? false
        session.isTrusted = trust(of: client) != nil
        session.bounces = bounces
        session.defaultDomain = defaultDomain
        session.refusesBareNewlines = refusesBareNewlines
        session.limits = limits
        return session
    }
}

/// What happens in the server, for metrics.
package enum SMTPServerEvent: Sendable, Hashable {
    case connected(SMTPSecurity)
    case refused(SMTPReply.Refusal)
    /// The TLS handshake failed.
    case handshakeFailed
}
