// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct ProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers",
        abstract: "The mail providers: list them, check that they let us in, take them out of use and back.",
        subcommands: [
            ProvidersList.self, ProvidersCheck.self, ProvidersPause.self, ProvidersResume.self, ProvidersProbe.self,
        ]
    )
}
