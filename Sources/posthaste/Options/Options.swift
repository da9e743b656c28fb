// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Boundary
import Delivery
import Settings

/// The settings file of a command.
struct ConfigOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "The settings file (else $POSTHASTE_CONFIG, else ./posthaste.yaml).",
        completion: .file()
    )
    var config: String?

    var file: ConfigFile { ConfigFile(named: config) }

    /// Reads the settings; faults end the command with exit code 78.
    func load() throws(CommandFailure) -> LoadedConfig {
        do throws(SettingsFaults) {
            let config = try file.read(workshop: .builtIn)
            ProcessServices.http.configure(proxy: config.settings.proxy)
            ProcessServices.signers.configure(config.settings.dkim)
            return config
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Reads the settings and opens the store.
    func open() async throws(CommandFailure) -> (config: LoadedConfig, store: OpenStore) {
        let config = try load()
        let store = try await OpenStore.open(config.settings.store)
        _ = store.connectTokens(config.settings)
        return (config, store)
    }
}

/// The output format of a command that prints data.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print JSON for programs.")
    var json = false
}

/// The message argument of a command.
struct MessageOptions: ParsableArguments {
    @Argument(help: "The message's id, as `messages list` shows it.")
    var id: String
}
