// SPDX-License-Identifier: Apache-2.0
import Foundation
import Gateway
import PasswordReset
import Synchronization
import Templates

/// The settings file: which one it is, and what it says.
struct ConfigFile: Sendable {
    /// The path as it was given, which is how faults name it.
    let path: String

    /// The file that is meant: the one that was named, else the one of the environment, else the one of this folder.
    init(named path: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
        let fromEnvironment = environment["POSTHASTE_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        self.path = path ?? fromEnvironment ?? "posthaste.yaml"
    }

    /// The folder to which relative paths in the file refer.
    var folder: String {
        let folder = URL(filePath: path).absoluteURL.deletingLastPathComponent().standardizedFileURL
        return folder.path(percentEncoded: false).withoutSlash
    }

    /// The path that a relative one in the file stands for.
    func path(of name: String) -> String { name.hasPrefix("/") ? name : "\(folder)/\(name)" }

    /// Reads the file as `serve` does.
    func read(
        workshop: ProviderWorkshop,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingsFaults) -> LoadedConfig {
        let files = Mutex<[String]>([])
        var yaml = SettingsYAML(file: path, resolver: ScalarResolver(environment: environment)) {
            name throws(EditedTextFault) in
            let path = self.path(of: name)
            files.withLock { $0.append(path) }
            return try Self.text(path)
        }
        let content = try text()
        let root = try yaml.read(content)
        var reset: ResetConfig?
        let read = try yaml.complete { () throws(SettingsFaults) in
            let read = try GatewaySettings.read(
                root,
                folder: folder,
                workshop: workshop,
                brands: BrandFolders.names
            ) {
                reset = ResetConfig.read($0, ResetConfig.Surroundings($1))
                if $1.proxy == nil { $0.check(ProxyEnvironment(environment)) }
            }
            if let fault = SharedDatabase.fault(in: read.settings.store, at: root) { throw SettingsFaults([fault]) }
            return read
        }
        var loaded = LoadedConfig(file: self, read: read, reset: reset, environmentPaths: yaml.environmentPaths)
        loaded.exposures = ExposedFiles.warnings(
            settings: path,
            holdsSecrets: ExposedFiles.holdsSecrets(content, root, read.secretPaths),
            secrets: files.withLock(\.self),
            store: read.settings.store.path
        )
        return loaded
    }

    private func text() throws(SettingsFaults) -> String {
        do throws(EditedTextFault) {
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

    private static func text(_ path: String) throws(EditedTextFault) -> String? {
        // Why a file cannot be read matters less than that it cannot; the caller says so.
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
        return try EditedText.string(Array(data))
    }
}

extension String {
    /// Without the `/` at its end.
    fileprivate var withoutSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
