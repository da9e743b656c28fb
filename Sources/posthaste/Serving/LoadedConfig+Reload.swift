// SPDX-License-Identifier: Apache-2.0
import Gateway

extension GatewaySettings {
    /// What cannot change while the gateway runs, and was changed.
    func fixedChanges(since old: GatewaySettings) -> [String] {
        var names: [String] = []
        if listen != old.listen { names.append("listen") }
        if store != old.store { names.append("store") }
        if publicURL != old.publicURL, listen == old.listen || publicURL != "http://\(listen)" {
            names.append("public_url")
        }
        return names
    }
}

extension LoadedConfig {
    /// The same with the old provider wherever nothing about it was changed, so that its connections stay open.
    func keepingProviders(of old: LoadedConfig) -> LoadedConfig {
        let unchanged = Set(settings.providers).intersection(old.settings.providers).map(\.name)
        let providers = read.providers.map { entry in
            guard unchanged.contains(entry.name) else { return entry }
            return old.read.providers.first { $0.name == entry.name } ?? entry
        }
        return LoadedConfig(
            file: file,
            read: ReadSettings(settings: settings, providers: providers, secretPaths: read.secretPaths)
        )
    }

    /// The same with the values that cannot change while the gateway runs.
    func fixing(_ old: GatewaySettings) -> LoadedConfig {
        var settings = settings
        (settings.listen, settings.store, settings.publicURL) = (old.listen, old.store, old.publicURL)
        let read = ReadSettings(settings: settings, providers: read.providers, secretPaths: read.secretPaths)
        return LoadedConfig(file: file, read: read)
    }
}
