// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Boundary
import Settings

/// Which settings file a command reads.
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

/// How a command that prints data prints it.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print JSON for programs.")
    var json = false
}

/// Which message a command is about.
struct MessageOptions: ParsableArguments {
    @Argument(help: "The message's id, as `messages list` shows it.")
    var id: String
}
