// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import JSON
import Queue
import Server
import Storage

struct ProvidersPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Take a provider out of use; mail takes the next one of its route, or is parked.",
        discussion: "Running gateways follow within a second. A pause survives restarts."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The provider's name.")
    var name: String

    func run() async throws {
        try await ProviderSwitch(name: name, output: output).set(paused: true, config)
    }
}

struct ProvidersResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Take a paused provider into use again; parked mail is released in order."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The provider's name.")
    var name: String

    func run() async throws {
        try await ProviderSwitch(name: name, output: output).set(paused: false, config)
    }
}

/// Pauses or resumes a provider through the store, which all gateways read.
private struct ProviderSwitch {
    let name: String
    let output: OutputOptions

    func set(paused: Bool, _ config: ConfigOptions) async throws {
        let gateway = try await CommandLineGateway.open(config)
        try gateway.checkProvider(name)
        try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await gateway.store.stores.controls.setPaused(paused, provider: name, now: ProcessContext.clock())
        }
        if output.json {
            let known = try await gateway.report().statuses().first { $0.status.name == name }
            return Terminal.json(known.map(ProviderView.known) ?? .null)
        }
        Terminal.line(paused ? "\(name) is paused" : "\(name) is in use")
    }
}
