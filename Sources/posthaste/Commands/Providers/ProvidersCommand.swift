// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Queue
import Server

struct ProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers",
        abstract: "The mail providers: list them, check that they let us in, take them out of use and back.",
        subcommands: [
            ProvidersList.self, ProvidersCheck.self, ProvidersPause.self, ProvidersResume.self, ProvidersProbe.self,
            ProvidersTest.self,
        ]
    )
}

struct ProvidersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "The providers of the settings file.",
        discussion: """
            The state is what the running gateways record in the store. Where none runs it is unknown: `providers check` signs in \
            from here.
            """
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let statuses = try await CommandLineGateway.open(config).report().statuses()
        if output.json { return Terminal.json(ProviderView.list(statuses.map(ProviderView.known))) }
        var table = Table("NAME", "KIND", "STATE", "USED TODAY", "PER DAY", "PER SECOND", "AT ONCE")
        for known in statuses {
            let status = known.status
            table.add(
                status.name,
                status.kind,
                known.isKnown ? status.state.rawValue : "unknown",
                "\(status.usedToday)",
                status.limits.perDay.map { "\($0)" },
                status.limits.perSecond.map { "\($0)" },
                "\(status.limits.concurrency)"
            )
        }
        table.show()
    }
}
