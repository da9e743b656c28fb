// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Foundation
import JSON
import Providers
import Settings
import Submission

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract:
            "Write a starter posthaste.yaml, a sealing key, templates and a first API key, which is printed once.",
        discussion: """
            The API key is kept in the store that --store names, so name here the store that the gateway will use. Files that \
            are there already are never written over. A password in --store goes to \(StarterSettings.storeFile), readable by its \
            owner alone; write it as ${NAME}, in single quotes, to have it taken from the environment.
            """
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "The store: sqlite:PATH, from the settings file, or postgres://user:password@host/database.")
    var store = "sqlite:data/posthaste.db"
    @Option(help: "The address to serve on.")
    var listen = "127.0.0.1:8025"
    @Option(help: "The folder of templates, from the settings file; one that has files already is used as it is.")
    var templates: String?
    @Flag(help: "One brand and one small template, in place of all that come with Posthaste.")
    var minimal = false
    @Flag(
        help: "For trying out: captured mail shows its links and codes, and password reset works, with made-up users."
    )
    var trial = false

    @Option(
        help: "A kind of provider whose settings are written as comments, ready to be filled in; may be given again."
    )
    var provider: [String] = []

    private static let usualTemplates = "templates"

    func validate() throws {
        if minimal, trial { throw ValidationError("--trial needs the templates that --minimal leaves out.") }
        for name in provider where !builtInProviders.contains(where: { $0.name == name }) {
            let known = builtInProviders.map(\.name)
            let nearest = NearestName.of(name, among: known).map { "did you mean \($0)?" }
            throw ValidationError(
                "--provider: there is no kind `\(name)`; \(nearest ?? "the kinds are \(known.joined(separator: ", "))")"
            )
        }
        guard ListenAddress(listen) != nil else {
            throw ValidationError("--listen: expected a host and a port, such as 127.0.0.1:8025.")
        }
    }

    func run() async throws {
        let file = config.file
        let settings = StarterSettings(
            store: try StarterSettings.Store(store),
            listen: listen,
            templates: templates ?? Self.usualTemplates,
            kinds: provider.isEmpty
                ? [.smtp] : provider.compactMap { name in builtInProviders.first { $0.name == name } },
            isTrial: trial
        )
        let starter = StarterFolder(file, settings, kit: kit(file))
        let written = try starter.write(sealingKey: Self.sealingKey())
        let made: (config: LoadedConfig, key: APIKey, secret: Secret)
        do {
            let opened = try await config.open()
            let (key, secret) = try await APIKeyCache.overStore(opened.store).make(name: "first")
            made = (opened.config, key, secret)
        } catch {
            // Without a key the setup would be incomplete, and the next `init` would refuse to overwrite its files.
            starter.remove(written)
            throw error
        }
        show(made.config, made.key, made.secret, templates: starter.kit.count)
    }

    /// The files for the templates folder; none when the named folder already has files.
    private func kit(_ file: ConfigFile) -> [StarterFiles.File] {
        if let templates, StarterFolder.hasFiles(file.path(of: templates)) { return [] }
        return minimal ? StarterFiles.minimal : StarterKit.shipped.files
    }

    private static func sealingKey() -> String {
        let bytes = (0..<4).flatMap { _ in
            let number = ProcessContext.random()
            return (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        return Base64.encode(bytes)
    }

    private func show(_ config: LoadedConfig, _ key: APIKey, _ secret: Secret, templates count: Int) {
        let settings = config.settings
        if output.json {
            let members: [(String, JSON)] = [
                ("id", .string(key.id)), ("name", .string(key.name)), ("secret", .string(secret.exposed)),
            ]
            return Terminal.json([
                "config": .string(config.file.path), "store": .string(settings.store.name),
                "templates": .string(settings.templates), "key": .object(JSONObject(members)),
            ])
        }
        let rows = [
            ("settings", config.file.path), ("sealing key", "\(config.file.folder)/\(StarterSettings.sealingFile)"),
            ("store", settings.store.name),
            ("templates", "\(settings.templates)\(count == 0 ? ", as it is" : "")"), ("API key", secret.exposed),
        ]
        for row in rows { Terminal.line(MessageText.row(row.0, row.1)) }
        Terminal.line("The API key is not shown again. Next: `posthaste serve`.")
    }
}
