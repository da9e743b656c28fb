// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway

struct ProvidersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "The providers of the settings file.",
        discussion: "Works from the store. The circuits of a running gateway are in GET /v1/providers."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let statuses = try await CommandLineGateway.open(config).report().statuses()
        if output.json { return Terminal.json(ProviderView.list(statuses.map { ProviderView.provider($0) })) }
        var table = Table("NAME", "KIND", "STATE", "USED TODAY", "PER DAY", "PER SECOND", "AT ONCE")
        for status in statuses {
            table.add(
                status.name,
                status.kind,
                status.isUsable ? "in use" : status.state.rawValue,
                "\(status.usedToday)",
                status.limits.perDay.map { "\($0)" },
                status.limits.perSecond.map { "\($0)" },
                "\(status.limits.concurrency)"
            )
        }
        table.show()
    }
}
