// SPDX-License-Identifier: Apache-2.0
import Gateway
import PasswordReset

/// What a settings file said when it was read.
struct LoadedConfig: Sendable {
    let file: ConfigFile
    let read: ReadSettings
    /// Nil while password reset is off.
    var reset: ResetConfig?
    /// What is said of files with secrets that others on this machine may read or change.
    var exposures: [String] = []
    /// The settings whose values come from the environment, which stays as it was when the process started.
    var environmentPaths: [String] = []

    var settings: GatewaySettings { read.settings }

    /// What the dispatcher has to know.
    var delivery: DeliverySettings {
        DeliverySettings(
            providers: read.providers,
            routes: settings.routes,
            retry: settings.retry,
            whenUncertain: settings.whenUncertain
        )
    }

    /// What acceptance has to know.
    var acceptance: AcceptanceSettings { AcceptanceSettings(defaultBrand: settings.defaultBrand, delivery: delivery) }

    /// What is allowed and worth knowing.
    var warnings: [String] {
        var warnings = settings.alerts.warnings
        if settings.sealingKeys.isEmpty {
            warnings.append("`sealing_key` is not set: templates with secret variables cannot be sent")
        }
        if settings.sealingKeys.isEmpty, OutsideWorld.tokens.requests.contains(where: { $0.key != nil }) {
            warnings.append(
                "`sealing_key` is not set: OAUTH TOKENS ARE STORED IN THE CLEAR, and whoever reads the store can send mail as "
                    + "you; set one and run `posthaste tokens reseal`"
            )
        }
        warnings += CredentialFiles.warnings(read.credentialFiles)
        if !settings.listen.isLoopback, settings.publicURL.hasPrefix("http://") {
            warnings.append("`listen` is reachable from outside and `public_url` is http: keys travel unencrypted")
        }
        if reset?.isHosted == true, !settings.isPublicURLPrivate {
            warnings.append(
                "`public_url` is http: the links of password reset travel unencrypted; write https, or set `link`"
            )
        }
        let used = Set(settings.routes.routes.flatMap(\.via))
        for provider in settings.providers where !used.contains(provider.name) {
            warnings.append("the provider `\(provider.name)` is in no route: only pinned mail goes to it")
        }
        return warnings + exposures + trialWarnings + VolatileStorage.warnings(settings)
    }

    var brandNames: [String] { BrandFolders.names(in: settings.templates) ?? [] }
}

extension GatewaySettings {
    /// True when what is sent to `public_url` can be read by nobody on the way.
    fileprivate var isPublicURLPrivate: Bool { HTTPURL(publicURL).map { $0.isSecure || $0.isLoopback } ?? false }
}
