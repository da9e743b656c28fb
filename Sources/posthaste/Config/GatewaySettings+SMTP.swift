// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
import SMTPServer
import ServerTLS
import Settings

extension SettingsReader {
    /// The section `smtp`; nil when there is none.
    ///
    /// `publicURL` gives the name in the greeting where `hostname` is missing; `taken` are the addresses of other listeners with
    /// the names of their settings.
    func smtp(publicURL: String, taken: [(setting: String, address: ListenAddress)]) -> SMTPListeningSettings? {
        guard let reader = map("smtp") else { return nil }
        let listeners = reader.smtpListeners(taken)
        let hostname = reader.smtpHostname() ?? HTTPURL(publicURL)?.host ?? "localhost"
        let usesTLS = listeners.contains { $0.security != .plain }
        let certificate = reader.certificate(isNeeded: usesTLS, for: hostname, hostKey: "hostname")
        let limits = reader.map("limits")
        let connections = limits?.integer("connections", in: 1...100_000) ?? 1000
        let received = reader.choice("received", of: ["private", "full"])
        return SMTPListeningSettings(
            listeners: listeners,
            certificate: certificate,
            hostname: hostname,
            trusted: reader.smtpTrusted(),
            refusesBareNewlines: reader.choice("bare_newlines", of: ["normalise", "strict"]) == "strict",
            defaultDomain: reader.smtpDefaultDomain(),
            showsPrivateClients: received == "full",
            connections: connections,
            connectionsPerClient: limits?.integer("per_client", in: 1...100_000) ?? 50
        )
    }

    private func smtpListeners(_ taken: [(setting: String, address: ListenAddress)]) -> [SMTPListener] {
        let readers = maps("listen")
        if readers.isEmpty, node("listen").map({ $0.value == .list([]) }) ?? true {
            note("`listen` names no address", key: "listen", remedy: "write `listen: [{ address: 127.0.0.1:2525 }]`")
        }
        var (listeners, taken): ([SMTPListener], [(setting: String, address: ListenAddress)]) = ([], taken)
        for (position, reader) in readers.enumerated() {
            guard let listener = reader.smtpListener() else { continue }
            if let other = taken.first(where: { $0.address.collides(with: listener.address) }) {
                let problem = "\(other.address) of `\(other.setting)` uses this port already"
                reader.note(problem, key: "address", remedy: "take another port")
            }
            taken.append(("smtp.listen[\(position)]", listener.address))
            listeners.append(listener)
        }
        return listeners
    }

    private func smtpListener() -> SMTPListener? {
        let security = choice("tls", of: ["starttls", "implicit"]).flatMap(SMTPSecurity.init) ?? .plain
        let isPlain = boolean("plain") ?? false
        if isPlain, security != .plain {
            note("`plain: true` and `tls` exclude each other", key: "plain", remedy: "remove one of them")
        }
        if node("address") == nil { _ = string("address", required: true) }
        guard let address = listenAddress("address") else { return nil }
        if security == .plain, !isPlain, !address.isLoopback, node("tls") == nil {
            note(
                "mail would pass the network unencrypted",
                key: "address",
                remedy:
                    "set `tls: starttls` or `tls: implicit`; for devices without TLS, in a network of their own, `plain: true`"
            )
        }
        return SMTPListener(address: address, security: security)
    }

    private func smtpHostname() -> String? {
        guard let text = string("hostname") else { return nil }
        let name = text.lowercased()
        let isName = name.utf8.allSatisfy {
            $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        guard isName, (1...253).contains(name.utf8.count), !name.hasPrefix("."), !name.hasSuffix("."),
            !name.contains("..")
        else {
            note("`\(text)` is no host name", key: "hostname", remedy: "write it like mail.example.org")
            return nil
        }
        return name
    }

    private func smtpDefaultDomain() -> String? {
        guard let text = string("default_domain") else { return nil }
        do throws(FieldError) {
            return try DomainName.ascii(text[...])
        } catch {
            note(
                "`\(text)` is no domain: \(error)",
                key: "default_domain",
                remedy: "write it like example.org"
            )
            return nil
        }
    }

    private func smtpTrusted() -> [SMTPServerSettings.Trust] {
        maps("trusted").compactMap { reader in
            let key = reader.string("key", required: true)
            guard let text = reader.string("network", required: true) else { return nil }
            guard let network = IPNetwork(text) else {
                let remedy = "write it like 10.0.0.0/24, 10.0.0.7 or fd00::/64"
                reader.note("`\(text)` is no address and no network", key: "network", remedy: remedy)
                return nil
            }
            if network.isTooWide {
                let problem = "`\(text)` is wider than a /8 of IPv4 or a /16 of IPv6: almost anyone could send mail"
                reader.note(problem, key: "network", remedy: "name the network of the devices")
            }
            return key.map { SMTPServerSettings.Trust(network: network, key: $0) }
        }
    }
}

extension SettingsReader {
    /// The keys `certificate` and `private_key`; notes their faults, and those of the files.
    ///
    /// `host` is the name that clients use; `hostKey` is its setting.
    func certificate(isNeeded: Bool, for host: String, hostKey: String?) -> CertificateFiles? {
        let certificate = filePath("certificate")
        let privateKey = filePath("private_key")
        if isNeeded || privateKey != nil, certificate == nil {
            note("`certificate` is missing", remedy: "add `certificate: secrets/tls.pem`, a file with the chain in PEM")
        }
        if isNeeded || certificate != nil, privateKey == nil {
            note("`private_key` is missing", remedy: "add `private_key: secrets/tls.key`, the file with its key in PEM")
        }
        guard let certificate, let privateKey else { return nil }
        let files = CertificateFiles(certificate: certificate, privateKey: privateKey)
        do throws(CertificateFault) {
            let loaded = try files.load()
            // One that has expired is a warning of `serve`, `/readyz` and `doctor`: it must not keep all mail from leaving.
            if !loaded.covers(host), !host.isLocalName {
                let names =
                    loaded.names.isEmpty ? "it names no host" : "it is for \(loaded.names.joined(separator: ", "))"
                let remedy =
                    hostKey.map { "set `\($0)` to one of its names, or give a certificate for \(host)" }
                    ?? "give a certificate for \(host)"
                note("the certificate is not for \(host): \(names)", key: "certificate", remedy: remedy)
            }
        } catch {
            note(error.problem, key: error.file == .certificate ? "certificate" : "private_key", remedy: error.remedy)
        }
        return files
    }
}

extension String {
    /// True for names of this machine, which certificates seldom have.
    fileprivate var isLocalName: Bool { self == "localhost" || IPAddress(self)?.isLoopback == true }
}

extension ListenAddress {
    /// True when both cannot be listened on at the same time.
    func collides(with other: ListenAddress) -> Bool {
        port == other.port && (host == other.host || isAnyHost || other.isAnyHost)
    }

    private var isAnyHost: Bool { host == "0.0.0.0" || host == "::" }
}
