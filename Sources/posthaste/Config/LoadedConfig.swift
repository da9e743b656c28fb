// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import Foundation
import JSON
import Mail
import Monitoring
import OAuth
import Providers
import Queue
import Server
import Settings
import Submission
import Synchronization
import Templates
import Text

/// The result of reading a settings file.
struct LoadedConfig: Sendable {
    let file: ConfigFile
    let read: ReadSettings
    /// Every feature, with its settings.
    var features: [ConfiguredFeature]
    /// Warnings about files with secrets that other users of this machine may read or change.
    var exposures: [String] = []
    /// The settings whose values come from the environment, which is fixed at the start of the process.
    var environmentPaths: [String] = []

    var settings: GatewaySettings { read.settings }

    /// The settings of the dispatcher.
    var delivery: DeliverySettings {
        DeliverySettings(
            providers: read.providers,
            routes: settings.routes,
            retry: settings.retry,
            whenUncertain: settings.whenUncertain
        )
    }

    /// The settings of message submission.
    var acceptance: SubmissionSettings {
        var values = SubmissionSettings(
            defaultBrand: settings.defaultBrand,
            delivery: delivery,
            criticalCategories: Features.criticalCategories
        )
        let hosts = [HTTPURL(settings.publicURL)?.host, settings.smtp?.hostname].compactMap(\.self)
        values.rawMessages = RawMessageSettings(
            serverNames: Set(hosts),
            options: HeaderOptions.Rules { (bytes) throws in try JSONReader.read(bytes) }
        )
        values.publicURL = settings.publicURL
        return values
    }

    /// Warnings about settings that are allowed but risky.
    var warnings: [String] {
        var warnings = settings.alerts.warnings
        if settings.sealingKeys.isEmpty {
            warnings.append(
                "`sealing_key` is not set: templates with secret variables, and mail of lists, cannot be sent"
            )
        }
        if settings.sealingKeys.isEmpty, ProcessServices.tokens.requests.contains(where: { $0.key != nil }) {
            warnings.append(
                "`sealing_key` is not set: OAUTH TOKENS ARE STORED IN THE CLEAR, and everyone who can read the store can send mail as "
                    + "you; set one and run `posthaste tokens reseal`"
            )
        }
        warnings += CredentialFiles.warnings(read.credentialFiles)
        warnings += settings.dkim.compactMap(\.warning)
        warnings += settings.bounceWarnings
        if !settings.dkim.isEmpty, !settings.providers.contains(where: \.signs) {
            warnings.append(
                "`dkim` has keys, but no provider signs: set `sign: true` on one that takes messages as they are"
            )
        }
        if !settings.listen.isLoopback, settings.publicURL.hasPrefix("http://") {
            warnings.append("`listen` is reachable from outside and `public_url` is http: keys travel unencrypted")
        }
        warnings += features.summaries.flatMap(\.warnings)
        let used = Set(settings.routes.routes.flatMap(\.via))
        for provider in settings.providers where !used.contains(provider.name) {
            warnings.append("the provider `\(provider.name)` is in no route: only pinned mail goes to it")
        }
        return warnings + exposures + trialWarnings + VolatileStorage.warnings(settings)
    }

    /// What is in force, defaults filled in and secrets masked.
    var view: JSON {
        SettingsView.json(
            read,
            features: features.map { ($0.feature.settingsKey, $0.settings?.section) }
        )
    }

    var brandNames: [String] { BrandFolders.names(in: settings.templates) ?? [] }
}

/// The settings file: its path and its content.
struct ConfigFile: Sendable {
    /// The path as given, which faults repeat.
    let path: String

    /// The file named by `path`, else by the environment, else the default in the current folder.
    init(named path: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
        let fromEnvironment = environment["POSTHASTE_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        self.path = path ?? fromEnvironment ?? "posthaste.yaml"
    }

    /// The folder that is the base of relative paths in the file.
    var folder: String {
        let folder = URL(filePath: path).absoluteURL.deletingLastPathComponent().standardizedFileURL
        return folder.path(percentEncoded: false).withoutSlash
    }

    /// Resolves a path relative to the file's folder.
    func path(of name: String) -> String { name.hasPrefix("/") ? name : "\(folder)/\(name)" }

    /// Reads the file as `serve` does.
    func read(
        workshop: ProviderFactory,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingsFaults) -> LoadedConfig {
        let files = Mutex<[String]>([])
        var yaml = SettingsYAML(file: path, resolver: ScalarResolver(environment: environment)) {
            name throws(TextError) in
            let path = self.path(of: name)
            files.withLock { $0.append(path) }
            return try Self.text(path)
        }
        let content = try text()
        let root = try yaml.read(content)
        var features: [ConfiguredFeature] = []
        let read = try yaml.complete { () throws(SettingsFaults) in
            let read = try GatewaySettings.read(
                root,
                folder: folder,
                workshop: workshop,
                brands: BrandFolders.names
            ) {
                features = .read($0, FeatureSettingsContext($1))
                $0.checkLists($1)
                if $1.proxy == nil { $0.check(ProxyEnvironment(environment)) }
            }
            if let fault = SharedDatabase.fault(in: read.settings.store, at: root) { throw SettingsFaults([fault]) }
            return read
        }
        var loaded = LoadedConfig(file: self, read: read, features: features, environmentPaths: yaml.environmentPaths)
        loaded.exposures = ExposedFiles.warnings(
            settings: path,
            holdsSecrets: ExposedFiles.holdsSecrets(content, root, read.secretPaths),
            secrets: files.withLock(\.self),
            store: read.settings.store.path
        )
        return loaded
    }

    private func text() throws(SettingsFaults) -> String {
        do throws(TextError) {
            if let text = try Self.text(path) { return text }
        } catch {
            let place = SettingsPosition(file: path, line: error.line, column: 1)
            let fault = SettingsFault(at: place, path: "", problem: error.problem, remedy: error.remedy)
            throw SettingsFaults([fault])
        }
        let exists = FileManager.default.fileExists(atPath: path)
        let remedy = "make one with `posthaste init`, or name one with --config"
        throw SettingsFaults([
            SettingsFault(
                at: SettingsPosition(file: path, line: 1, column: 1),
                path: "",
                problem: exists ? "the settings file cannot be read" : "there is no such settings file",
                remedy: exists ? "check its rights" : remedy
            )
        ])
    }

    private static func text(_ path: String) throws(TextError) -> String? {
        // The reason is not needed here: the caller reports that the file cannot be read.
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
        return try EditedText.string(Array(data))
    }
}

extension String {
    /// The text without its trailing `/`.
    fileprivate var withoutSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
