// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import SMTPServer
import ServerTLS
import Settings

extension GatewaySettings {
    /// The setting `listen` for display.
    var listenView: JSON {
        let address = JSON.string(listen.description)
        guard let files = listenCertificate else { return address }
        return [
            "address": address, "certificate": .string(files.certificate), "private_key": .string(files.privateKey),
        ]
    }

    /// How clients on this machine reach the API.
    var listenURL: String { "\(listenCertificate == nil ? "http" : "https")://\(listen)" }
}

extension SMTPListeningSettings {
    /// The section for display, with its defaults.
    var view: JSON {
        var view = JSONObject()
        view["listen"] = .array(listeners.map(Self.view))
        view["certificate"] = certificate.map { .string($0.certificate) } ?? .null
        view["private_key"] = certificate.map { .string($0.privateKey) } ?? .null
        view["hostname"] = .string(hostname)
        view["trusted"] = .array(trusted.map(Self.view))
        view["bare_newlines"] = refusesBareNewlines ? "strict" : "normalise"
        view["default_domain"] = defaultDomain.map { .string($0) } ?? .null
        view["received"] = showsPrivateClients ? "full" : "private"
        view["limits"] = ["connections": .integer(connections), "per_client": .integer(connectionsPerClient)]
        return .object(view)
    }

    private static func view(_ listener: SMTPListener) -> JSON {
        var view = JSONObject()
        view["address"] = .string(listener.address.description)
        if listener.security != .plain { view["tls"] = .string(listener.security.rawValue) }
        if listener.security == .plain, !listener.address.isLoopback { view["plain"] = true }
        return .object(view)
    }

    private static func view(_ trust: SMTPServerSettings.Trust) -> JSON {
        ["network": .string(trust.network.description), "key": .string(trust.key)]
    }
}
