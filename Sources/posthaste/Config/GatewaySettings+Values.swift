// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import ServerTLS
import Settings

extension SettingsReader {
    func listenAddress(_ key: String) -> ListenAddress? {
        guard let text = string(key) else { return nil }
        if let address = ListenAddress(text) { return address }
        note("expected an address and a port, found `\(text)`", key: key, remedy: "write it like 127.0.0.1:8025")
        return nil
    }

    /// The setting `listen`: an address, or a map of an address, a certificate and its key.
    func listener() -> (address: ListenAddress?, certificate: CertificateFiles?) {
        guard case .map? = node("listen")?.value, let reader = map("listen") else {
            return (listenAddress("listen"), nil)
        }
        if reader.node("address") == nil { _ = reader.string("address", required: true) }
        let address = reader.listenAddress("address")
        let host = string("public_url").flatMap { HTTPURL($0)?.host } ?? address?.host ?? "localhost"
        return (address, reader.certificate(isNeeded: true, for: host, hostKey: nil))
    }

    func publicListenAddress(otherThan listen: ListenAddress) -> ListenAddress? {
        let address = listenAddress("public_listen")
        if address == listen {
            note("this is the address of `listen`", key: "public_listen", remedy: "take another port")
        }
        return address
    }

    func publicURL() -> String? {
        guard let text = string("public_url") else { return nil }
        if let url = HTTPURL(text), !url.target.contains("?") {
            let written = url.description
            return String(written.hasSuffix("/") ? written.dropLast() : written[...])
        }
        note("expected an http or https address", key: "public_url", remedy: "write it like https://mail.example.org")
        return nil
    }

    func trustedProxies() -> [String] {
        let proxies = strings("trusted_proxies") ?? []
        for proxy in proxies where NetworkText.isNetwork(proxy) == false {
            let remedy = "write it like 10.0.0.1, 10.0.0.0/8 or ::1"
            note("`\(proxy)` is no address and no network", key: "trusted_proxies", remedy: remedy)
        }
        return proxies
    }

    func templates() -> String { filePath("templates") ?? "\(folder)/templates" }

    /// The existing brands; empty, with a fault, when the folder cannot be read.
    func brands(_ found: [String]?, in templates: String) -> [String] {
        if let found { return found }
        let remedy = "name the folder of brands and templates with `templates:`"
        note("the folder \(templates) cannot be read", key: "templates", remedy: remedy)
        return []
    }

    func store() -> StoreSettings {
        let reader = map("store")
        let usual = StoreSettings.Place.file("\(folder)/data/posthaste.db")
        let migrates = reader?.boolean("migrate") ?? true
        guard let reader else { return StoreSettings(place: usual, migrates: migrates) }
        var settings = StoreSettings(place: usual, migrates: migrates)
        // The URL may hold a password, so faults do not repeat it.
        let url = reader.secret("url")?.exposed ?? ""
        if url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") {
            settings.place = .server(Secret(url))
            settings.isPooled = reader.choice("pooler", of: ["none", "transaction"]) == "transaction"
            settings.connections = reader.integer("connections", in: 1...500) ?? settings.connections
            return settings
        }
        reader.refuse("pooler", "PostgreSQL stores, for which it is")
        reader.refuse("connections", "PostgreSQL stores, for which it is")
        guard url.hasPrefix("sqlite:"), url.count > "sqlite:".count else {
            if reader.node("url") != nil {
                let remedy = "write it like sqlite:data/posthaste.db or postgres://user:password@host/database"
                reader.note("expected the address of a store", key: "url", remedy: remedy)
            }
            return settings
        }
        var path = String(url.dropFirst("sqlite:".count))
        if path.hasPrefix("//") { path.removeFirst(2) }
        settings.place = .file(path.hasPrefix("/") ? path : "\(folder)/\(path)")
        return settings
    }

    func sealingKeys() -> [Secret] {
        let one = secret("sealing_key")
        let several = secrets("sealing_keys")
        if one != nil, several != nil {
            let remedy = "keep `sealing_keys: [new, old]` alone"
            note("both `sealing_key` and `sealing_keys` are set", key: "sealing_key", remedy: remedy)
        }
        let key = one == nil ? "sealing_keys" : "sealing_key"
        let keys = one.map { [$0] } ?? several ?? []
        for secret in keys where Base64.decode(secret.exposed)?.count != 32 {
            note("expected 32 bytes in base64", key: key, remedy: "make one with `openssl rand -base64 32`")
        }
        return keys
    }

    func retryPolicy() -> RetryPolicy {
        var policy = RetryPolicy()
        guard let reader = map("retry") else { return policy }
        policy.first = reader.positiveDuration("first") ?? policy.first
        policy.factor = reader.number("factor", in: 1...100) ?? policy.factor
        policy.max = reader.positiveDuration("max") ?? policy.max
        policy.giveUpAfter = reader.positiveDuration("give_up_after") ?? policy.giveUpAfter
        policy.jitter = reader.number("jitter", in: 0...1) ?? policy.jitter
        if policy.max < policy.first { reader.note("`max` is shorter than `first`", key: "max") }
        return policy
    }

    func uncertaintyPolicies() -> [Priority: UncertaintyPolicy] {
        var policies: [Priority: UncertaintyPolicy] = [.critical: .resend, .normal: .hold, .bulk: .hold]
        guard let reader = map("when_uncertain") else { return policies }
        for priority in Priority.allCases {
            let word = reader.choice(priority.name, of: UncertaintyPolicy.allCases.map(\.rawValue))
            if let policy = word.flatMap(UncertaintyPolicy.init) { policies[priority] = policy }
        }
        return policies
    }

    func retention() -> RetentionSettings {
        var retention = RetentionSettings()
        guard let reader = map("retention") else { return retention }
        retention.content = reader.positiveDuration("content") ?? retention.content
        retention.messages = reader.positiveDuration("messages") ?? retention.messages
        if retention.messages < retention.content {
            let remedy = "keep messages at least as long as their content"
            reader.note("`messages` is shorter than `content`", key: "messages", remedy: remedy)
        }
        return retention
    }

    func logSettings() -> LogSettings {
        var log = LogSettings()
        guard let reader = map("log") else { return log }
        let format = reader.choice("format", of: LogSettings.Format.allCases.map(\.rawValue))
        let level = reader.choice("level", of: LogSettings.Level.allCases.map(\.rawValue))
        log.format = format.flatMap(LogSettings.Format.init) ?? log.format
        log.level = level.flatMap(LogSettings.Level.init) ?? log.level
        return log
    }

    package func positiveDuration(_ key: String) -> Duration? {
        guard let span = duration(key) else { return nil }
        if span <= .zero { note("expected more than nothing", key: key) }
        return span
    }
}
