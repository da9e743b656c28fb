// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import OAuth
import Storage

/// The services of the commands on tokens.
struct TokensGateway: Sendable {
    let config: LoadedConfig
    let store: OpenStore
    let sealing: TokenSealing

    static func open(_ options: ConfigOptions) async throws(CommandFailure) -> TokensGateway {
        let (config, store) = try await options.open()
        return TokensGateway(config: config, store: store, sealing: store.connectTokens(config.settings))
    }

    var importing: TokenImport {
        TokenImport(store: store.stores.tokens, sealing: sealing, clock: ProcessContext.clock)
    }

    /// The token source of the provider with this name.
    func source(_ name: String) throws(CommandFailure) -> RefreshingTokenSource {
        if let source = ProcessServices.tokens.source(of: name) { return source }
        let known = ProcessServices.tokens.requests.map(\.provider).sorted()
        guard config.settings.providers.contains(where: { $0.name == name }) else {
            let words =
                known.isEmpty ? "no provider uses tokens" : "those with tokens are \(known.joined(separator: ", "))"
            throw CommandFailure("there is no provider `\(name)`; \(words)")
        }
        throw CommandFailure("the provider `\(name)` uses no tokens")
    }
}

/// The options of a command on one provider's token.
struct TokenOptions: ParsableArguments {
    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The provider.")
    var name: String

    func open() async throws(CommandFailure) -> (gateway: TokensGateway, source: RefreshingTokenSource) {
        let gateway = try await TokensGateway.open(config)
        return (gateway, try gateway.source(name))
    }
}
