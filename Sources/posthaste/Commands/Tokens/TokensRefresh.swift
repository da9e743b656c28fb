// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Delivery
import JSON
import OAuth
import Server
import Storage

struct TokensRefresh: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh",
        abstract: "Renew a provider's token now, and say whether its grant is good."
    )

    @OptionGroup var options: TokenOptions

    func run() async throws {
        let (_, source) = try await options.open()
        try await translating(CommandFailure.init) { () async throws(DeliveryError) in
            try await source.refresh()
        }
        let status = source.status
        if options.output.json { return Terminal.json(ProviderView.listedToken(status)) }
        Terminal.line(
            "the token of \(status.account) is good until \(status.expiresAt?.description ?? "an unknown time")"
        )
        for warning in status.warnings { Terminal.error("warning: \(warning)") }
    }
}

struct TokensReseal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reseal",
        abstract: "Seal all stored tokens with the first of `sealing_keys`, so that older keys can be dropped."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let gateway = try await TokensGateway.open(config)
        guard gateway.sealing.seals else { throw CommandFailure("there is no `sealing_key`; set one first") }
        let result: (sealed: Int, faults: [String])
        let progress = Progress("tokens")
        defer { progress.end() }
        result = try await translating(CommandFailure.init) { () async throws(TokenError) in
            try await gateway.importing.reseal { progress.note(Progress.Step(done: $0, total: $1)) }
        }
        if output.json {
            Terminal.json([
                "resealed": .integer(result.sealed), "faults": .array(result.faults.map(JSON.string)),
            ])
        } else {
            Terminal.line("\(result.sealed) tokens were sealed anew")
        }
        guard result.faults.isEmpty else { throw CommandFailure(.failed, result.faults) }
    }
}
