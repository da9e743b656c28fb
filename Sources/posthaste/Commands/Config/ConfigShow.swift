// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import PasswordReset

struct ConfigShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "The settings in effect, defaults included and secrets masked."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let loaded = try config.load()
        let view = SettingsView.json(loaded.read, features: [("password_reset", loaded.reset?.node)])
        if output.json { return Terminal.json(view) }
        Terminal.bytes(Array(SettingsView.yaml(view).utf8))
    }
}
