// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Delivery
import JSON
import Monitoring
import OAuth
import Queue
import Server
import Storage

struct TokensList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Every token with its end, its last refresh, the age of its grant and a forecast; never the token."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let gateway = try await TokensGateway.open(config)
        var statuses: [TokenStatus] = []
        // The alerts of running gateways; a store that cannot be read is reported below.
        let known = (try? await gateway.store.stores.episodes.episodes()) ?? []
        for source in ProcessServices.tokens.sources { statuses.append(Self.status(await source.read(), known)) }
        let rows = try await Self.unclaimed(gateway)
        if output.json {
            let tokens = (statuses + rows).map(ProviderView.listedToken)
            return Terminal.json(["tokens": .array(tokens)])
        }
        let now = ProcessContext.clock()
        var table = Table("PROVIDER", "ACCOUNT", "PLACE", "STATE", "ENDS", "REFRESHED", "GRANT", "FORECAST")
        for status in statuses + rows {
            table.add(
                status.provider,
                status.account,
                status.place,
                status.state.rawValue,
                status.expiresAt?.description,
                status.refreshedAt?.description,
                status.grantedAt.map { "\((now - $0).milliseconds / 86_400_000) days old" },
                status.forecast.map { "ends \($0.diesAt.utcDay): \($0.reason)" }
            )
        }
        table.show()
        for status in statuses + rows {
            for warning in status.warnings { Terminal.error("warning: \(status.account): \(warning)") }
            guard let failure = status.failure else { continue }
            let words = [failure.detail, failure.remedy].compactMap(\.self).joined(separator: "; ")
            Terminal.error("fault: \(status.account): \(words)")
        }
    }

    /// The status, with the alerts of gateways that use the token.
    private static func status(_ status: TokenStatus, _ episodes: [AlertRecord]) -> TokenStatus {
        var status = status
        for episode in episodes where episode.isOpen && episode.key.subject == status.provider && status.failure == nil
        {
            switch episode.key.name {
            case .grantDead: status.state = .dead
            case .tokenFailing: status.state = .failing
            default: continue
            }
            status.warnings.append(
                "\(episode.title), since \(episode.since); see `posthaste tokens refresh \(status.provider)`"
            )
        }
        return status
    }

    /// Token rows that no provider of the settings uses.
    private static func unclaimed(_ gateway: TokensGateway) async throws(CommandFailure) -> [TokenStatus] {
        let claimed = Set(ProcessServices.tokens.requests.compactMap(\.key))
        let rows = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await gateway.store.stores.tokens.rows(nil)
        }
        return rows.filter { !claimed.contains($0.key) }.map { row in
            TokenStatus(
                provider: "-",
                kind: row.key.provider,
                account: row.key.account,
                place: "database",
                state: .good,
                expiresAt: row.expiresAt,
                refreshedAt: row.updatedAt,
                grantedAt: row.createdAt,
                warnings: ["no provider of the settings uses it"]
            )
        }
    }
}
