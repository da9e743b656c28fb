// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct ConfigShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "The settings in effect, defaults included and secrets masked."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let view = SettingsView.json(try config.load().read)
        if output.json { return Terminal.json(view) }
        Terminal.bytes(Array(SettingsView.yaml(view).utf8))
    }
}
