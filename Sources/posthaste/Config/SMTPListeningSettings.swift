// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
package import SMTPServer
package import ServerTLS
import Settings

/// The section `smtp`: the listeners that take mail over SMTP.
package struct SMTPListeningSettings: Sendable, Hashable {
    package var listeners: [SMTPListener]
    /// Nil when no listener uses TLS.
    package var certificate: CertificateFiles?
    package var hostname: String
    package var trusted: [SMTPServerSettings.Trust]
    package var refusesBareNewlines: Bool
    /// The domain of recipients that have none.
    package var defaultDomain: String?
    /// Whether `Received` shows the address of a client in a private network.
    package var showsPrivateClients: Bool
    package var connections: Int
    package var connectionsPerClient: Int

    /// What the listeners need of it; `bounces` are the addresses to which reports come.
    func server(_ bounces: VERPAddresses?) -> SMTPServerSettings {
        var settings = SMTPServerSettings(hostname: greetingName)
        settings.trusted = trusted
        settings.defaultDomain = defaultDomain
        settings.refusesBareNewlines = refusesBareNewlines
        settings.bounces = bounces.map { addresses in
            SMTPBounces(domain: addresses.domain) { addresses.id(provedBy: $0) != nil }
        }
        settings.connections = connections
        settings.connectionsPerClient = connectionsPerClient
        return settings
    }

    /// The name in the greeting: an address is written as a literal (RFC 5321 section 4.1.3).
    var greetingName: String {
        guard let address = IPAddress(hostname) else { return hostname }
        return address.isIPv4 ? "[\(hostname)]" : "[IPv6:\(hostname)]"
    }

    var usesTLS: Bool { listeners.contains { $0.security != .plain } }
}
