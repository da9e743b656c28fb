// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import JSON
import Server
import Settings

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "The settings file: check it, show it.",
        subcommands: [ConfigCheck.self, ConfigShow.self]
    )
}

struct ConfigCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read the settings as `serve` would; exit code 78 when there is a fault."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if output.json { return try checkForPrograms() }
        let loaded = try config.load()
        for warning in loaded.warnings { Terminal.line("warning: \(warning)") }
        Terminal.line("\(loaded.file.path) is fine")
    }

    private func checkForPrograms() throws {
        do throws(SettingsFaults) {
            let loaded = try config.file.read(workshop: .builtIn)
            Terminal.json(["faults": [], "warnings": .array(loaded.warnings.map(JSON.string))])
        } catch {
            let warnings = CredentialFiles.warnings(error.credentialFiles).map(JSON.string)
            Terminal.json(["faults": .array(error.faults.map(Self.json)), "warnings": .array(warnings)])
            throw ExitCode(CommandFailure.Code.badConfig.rawValue)
        }
    }

    private static func json(_ fault: SettingsFault) -> JSON {
        .object(
            JSONObject([
                ("file", .string(fault.position.file)), ("line", .integer(fault.position.line)),
                ("column", .integer(fault.position.column)), ("path", .string(fault.path)),
                ("problem", .string(fault.problem)), ("remedy", fault.remedy.map(JSON.string) ?? .null),
            ])
        )
    }
}

struct ConfigShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "The settings in effect, defaults included and secrets masked."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let loaded = try config.load()
        let view = loaded.view
        if output.json { return Terminal.json(view) }
        Terminal.bytes(Array(SettingsView.yaml(view).utf8))
    }
}
