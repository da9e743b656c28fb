// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Gateway
import JSON

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a starter posthaste.yaml, a sealing key and a first API key, which is printed once."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "The folder of brands and templates, from the settings file (made when there is none).")
    var templates = "templates"

    func run() async throws {
        let file = config.file
        guard !FileManager.default.fileExists(atPath: file.path) else {
            throw CommandFailure("\(file.path) is there already; move it away, or name another file with --config")
        }
        let sealing = "\(file.folder)/secrets/sealing.key"
        if !FileManager.default.fileExists(atPath: sealing) {
            try StarterFiles.write(Self.sealingKey() + "\n", to: sealing, mode: 0o600)
        }
        let folder = templates.hasPrefix("/") ? templates : "\(file.folder)/\(templates)"
        if !FileManager.default.fileExists(atPath: folder) {
            for file in StarterFiles.templates { try StarterFiles.write(file.content, to: "\(folder)/\(file.path)") }
        }
        try StarterFiles.write(StarterFiles.config(templates: templates), to: file.path, mode: 0o640)
        let store = try await config.open().store
        let (key, secret) = try await KeyRing.overStore(store).make(name: "first")
        show(file, key, secret)
    }

    private static func sealingKey() -> String {
        let bytes = (0..<4).flatMap { _ in
            let number = Machine.random()
            return (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        return Base64.encode(bytes)
    }

    private func show(_ file: ConfigFile, _ key: APIKey, _ secret: Secret) {
        if output.json {
            let members: [(String, JSON)] = [
                ("id", .string(key.id)), ("name", .string(key.name)), ("secret", .string(secret.exposed)),
            ]
            return Terminal.json(["config": .string(file.path), "key": .object(JSONObject(members))])
        }
        Terminal.line("settings     \(file.path)")
        Terminal.line("sealing key  \(file.folder)/secrets/sealing.key")
        Terminal.line("API key      \(secret.exposed)")
        Terminal.line("The API key is not shown again. Next: `posthaste serve`.")
    }
}
