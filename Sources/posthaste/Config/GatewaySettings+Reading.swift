// SPDX-License-Identifier: Apache-2.0
import Basics
package import Providers
package import Queue
package import Settings

/// The result of reading a settings file: the settings, and the providers built from them.
package struct ReadSettings: Sendable {
    package let settings: GatewaySettings
    package let providers: [DeliverySettings.ProviderEntry]
    /// Dotted paths of the values that are never shown.
    package let secretPaths: Set<String>
    package let credentialFiles: [CredentialFile]

    package init(
        settings: GatewaySettings,
        providers: [DeliverySettings.ProviderEntry],
        secretPaths: Set<String>,
        credentialFiles: [CredentialFile]
    ) {
        self.settings = settings
        self.providers = providers
        self.secretPaths = secretPaths
        self.credentialFiles = credentialFiles
    }
}

extension GatewaySettings {
    /// Reads a whole settings file and builds its providers; throws all faults at once.
    ///
    /// `root` is the parsed file, and `folder` is the base of its relative paths. `brands` lists the brands in a templates
    /// folder, nil when it cannot be read. `features` reads the sections of optional features and notes their faults in the
    /// same reader.
    package static func read(
        _ root: SettingsNode,
        folder: String,
        workshop: ProviderFactory,
        brands: (_ templates: String) -> [String]?,
        features: (SettingsReader, GatewaySettings) -> Void
    ) throws(SettingsFaults) -> ReadSettings {
        let reader = SettingsReader(root, folder: folder)
        let (providers, entries) = workshop.providers(reader)
        let settings = read(reader, providers: providers, brands: brands)
        features(reader, settings)
        let faults = reader.faults()
        let references = reader.references
        guard faults.isEmpty else { throw SettingsFaults(faults, references: references) }
        return ReadSettings(
            settings: settings,
            providers: entries,
            secretPaths: reader.secretPaths,
            credentialFiles: references.compactMap { $0 as? CredentialFile }
        )
    }

    private static func read(
        _ reader: SettingsReader,
        providers: [ConfiguredProvider],
        brands: (_ templates: String) -> [String]?
    ) -> GatewaySettings {
        let templates = reader.templates()
        let brands = reader.brands(brands(templates), in: templates)
        let listener = reader.listener()
        let listen = listener.address ?? ListenAddress(host: "127.0.0.1", port: 8025)
        let publicListen = reader.publicListenAddress(otherThan: listen)
        let publicURL = reader.publicURL() ?? "\(listener.certificate == nil ? "http" : "https")://\(listen)"
        let taken = [("listen", listen)] + (publicListen.map { [("public_listen", $0)] } ?? [])
        return GatewaySettings(
            listen: listen,
            publicListen: publicListen,
            listenCertificate: listener.certificate,
            smtp: reader.smtp(publicURL: publicURL, taken: taken),
            publicURL: publicURL,
            trustedProxies: reader.trustedProxies(),
            fronts: reader.fronts(),
            console: ConsoleSettings(isEnabled: reader.map("console")?.boolean("enabled") ?? true),
            proxy: reader.proxy(),
            store: reader.store(),
            sealingKeys: reader.sealingKeys(),
            templates: templates,
            defaultBrand: reader.defaultBrand(among: brands),
            bounceDomain: reader.bounceDomain(),
            dkim: reader.dkim(),
            providers: providers,
            routes: reader.routes(providers: reader.node("providers")?.memberKeys ?? [], brands: brands),
            retry: reader.retryPolicy(),
            whenUncertain: reader.uncertaintyPolicies(),
            retention: reader.retention(),
            feedback: reader.suppress(),
            shutdownGrace: reader.positiveDuration("shutdown_grace") ?? .seconds(20),
            log: reader.logSettings(),
            alerts: reader.alerts(providers: reader.node("providers")?.memberKeys ?? []),
            webhooks: reader.webhooks(brands: brands),
            writtenAlerts: reader.node("alerts").map { WrittenSettings($0) }
        )
    }
}
