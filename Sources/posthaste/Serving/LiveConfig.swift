// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import Synchronization
import Templates

/// The current settings and templates.
final class LiveConfig: Sendable {
    struct State: Sendable {
        var config: LoadedConfig
        var templates: OpenTemplates
        /// Why new settings were refused; nil after the next valid ones.
        var refusal: String?
    }

    private let current: Mutex<State>

    init(_ config: LoadedConfig, _ templates: OpenTemplates) {
        current = Mutex(State(config: config, templates: templates))
    }

    var state: State { current.withLock { $0 } }
    var settings: GatewaySettings { state.config.settings }

    func change(_ config: LoadedConfig, _ templates: OpenTemplates) {
        current.withLock { $0 = State(config: config, templates: templates) }
    }

    func refuse(at moment: Timestamp) {
        current.withLock {
            $0.refusal = "new settings were refused at \(moment); see the log or `posthaste config check`"
        }
    }

    /// The warnings of `/readyz` other than those of providers.
    var warnings: [String] {
        let state = state
        let faults = state.templates.library.faults.count
        let templates = faults == 0 ? [] : ["\(faults) faults in template files; see `posthaste templates lint`"]
        return templates + (state.refusal.map { [$0] } ?? []) + state.config.trialWarnings
            + VolatileStorage.warnings(state.config.settings)
    }
}

extension GatewaySettings {
    /// The changed settings that cannot change while the gateway runs.
    func fixedChanges(since old: GatewaySettings) -> [String] {
        var names: [String] = []
        if listen != old.listen || listenCertificate != old.listenCertificate { names.append("listen") }
        if publicListen != old.publicListen { names.append("public_listen") }
        if store != old.store { names.append("store") }
        if (smtp == nil) != (old.smtp == nil) || smtp?.listeners != old.smtp?.listeners
            || smtp?.certificate != old.smtp?.certificate
        {
            names.append("smtp")
        }
        if publicURL != old.publicURL, listen == old.listen || publicURL != listenURL {
            names.append("public_url")
        }
        return names
    }
}

extension LoadedConfig {
    /// The new settings with the old provider wherever its section is unchanged, so that its connections stay open, and with its
    /// running service where other settings changed.
    func keepingProviders(of old: LoadedConfig) -> LoadedConfig {
        let unchanged = Set(settings.providers).intersection(old.settings.providers).map(\.name)
        let providers = read.providers.map { entry in
            guard let earlier = old.read.providers.first(where: { $0.name == entry.name }) else { return entry }
            return unchanged.contains(entry.name) ? earlier : entry.continuing(earlier)
        }
        return LoadedConfig(
            file: file,
            read: ReadSettings(
                settings: settings,
                providers: providers,
                secretPaths: read.secretPaths,
                credentialFiles: read.credentialFiles
            ),
            features: features,
            exposures: exposures,
            environmentPaths: environmentPaths
        )
    }

    /// The new settings with the old values of everything that cannot change while the gateway runs.
    func fixing(_ old: GatewaySettings) -> LoadedConfig {
        var settings = settings
        (settings.listen, settings.store, settings.publicURL) = (old.listen, old.store, old.publicURL)
        (settings.publicListen, settings.listenCertificate) = (old.publicListen, old.listenCertificate)
        settings.smtp = old.smtp == nil ? nil : settings.smtp ?? old.smtp
        settings.smtp?.listeners = old.smtp?.listeners ?? []
        settings.smtp?.certificate = old.smtp?.certificate
        let read = ReadSettings(
            settings: settings,
            providers: read.providers,
            secretPaths: read.secretPaths,
            credentialFiles: read.credentialFiles
        )
        return LoadedConfig(
            file: file,
            read: read,
            features: features,
            exposures: exposures,
            environmentPaths: environmentPaths
        )
    }
}
