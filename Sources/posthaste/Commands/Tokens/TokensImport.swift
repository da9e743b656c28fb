// SPDX-License-Identifier: Apache-2.0
import Basics
import ArgumentParser
import Boundary
import Delivery
import JSON
import OAuth
import Providers
import Storage

struct TokensImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Move a token from a file into the database, once.",
        discussion: """
            Safe to repeat. A live token of another grant that lasts longer is left alone unless --force is given; a dead grant \
            is always replaced. The file stays as it is.
            """
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "The kind of provider, or the name of one in the settings.")
    var provider: String
    @Option(help: "The mailbox, or the name that `tokens: database:NAME` gives.")
    var account: String
    @Flag(help: "Replace a live token too.")
    var force = false
    @Argument(help: "The token file.", completion: .file())
    var file: String

    func run() async throws {
        let gateway = try await TokensGateway.open(config)
        let kind = gateway.config.settings.providers.first { $0.name == provider }?.kind ?? provider
        let key = TokenKey(provider: kind, account: account)
        let token: OAuthToken
        do throws(TokenError) {
            token = try TokenFile(file) { try JSONReader.read($0) }.token(of: Self.owner(key))
        } catch {
            throw CommandFailure(error.description)
        }
        guard token.refreshToken != nil else {
            throw CommandFailure(
                "\(file): it has no refresh token, and would be of no use within the hour; run `posthaste tokens authorize`"
            )
        }
        let outcome = try await translating(CommandFailure.init) { () async throws(TokenError) in
            try await gateway.importing.store(token, as: key, isForced: force) { _ in await Self.isDead(key) }
        }
        try report(outcome, key)
    }

    /// The owner of the token in a file that holds several.
    private static func owner(_ key: TokenKey) -> TokenOwner {
        ProcessServices.tokens.requests.first { $0.key == key }?.owner { try JSONReader.read($0) }
            ?? TokenOwner(account: key.account)
    }

    /// Whether the grant in the database is dead, tested by one refresh where a provider uses it.
    private static func isDead(_ key: TokenKey) async -> Bool {
        guard let request = ProcessServices.tokens.requests.first(where: { $0.key == key }) else { return false }
        do throws(DeliveryError) {
            try await ProcessServices.tokens.source(for: request).refresh()
            return false
        } catch {
            return error.kind == .authentication
        }
    }

    private func report(_ outcome: TokenImport.Outcome, _ key: TokenKey) throws {
        let words =
            switch outcome {
            case .stored: "the token of \(key.account) is in the database; running gateways take it within seconds"
            case .known: "the database has this grant already; nothing was changed"
            case .newerThere(let end):
                "the database has a live token of another grant, good until \(end); give --force to replace it"
            }
        let isStored = outcome == .stored || outcome == .known
        if output.json {
            Terminal.json(["stored": .bool(outcome == .stored), "detail": .string(words)])
            if !isStored { throw ExitCode(CommandFailure.Code.failed.rawValue) }
            return
        }
        guard isStored else { throw CommandFailure(words) }
        Terminal.line(words)
    }
}
