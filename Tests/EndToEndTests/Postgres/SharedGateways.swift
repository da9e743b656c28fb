// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import Testing

/// Gateways on one store that send their mail to one server.
struct SharedGateways {
    static let concurrency = 4

    let store: SharedStore
    let sink: ScriptedSMTP
    let key: String
    let all: [ServingGateway]

    init(
        _ count: Int = 2,
        on store: SharedStore,
        url: String? = nil,
        settings: String = "",
        script: SMTPScript = SMTPScript(),
        starters: [[String]] = []
    ) async throws {
        self.store = store
        sink = try ScriptedSMTP(script)
        key = try await store.key()
        var gateways: [ServingGateway] = []
        for number in 0..<count {
            let folder = try await store.folder(
                url: "\(url ?? store.url)?application_name=\(Self.name(of: number))",
                key: key,
                providers: "relay: { kind: smtp, url: \"smtp://127.0.0.1:\(sink.port)\", starttls: never, "
                    + "limits: { concurrency: \(Self.concurrency) } }",
                via: "relay",
                store: settings
            )
            let starter = starters.indices.contains(number) ? starters[number] : []
            gateways.append(try ServingGateway(folder, waits: false, starter: starter))
        }
        all = gateways
        for gateway in all { try gateway.waitUntilItServes() }
    }

    /// The name of its sessions, by its index in ``all``.
    static func name(of place: Int) -> String { "gateway-\(place + 1)" }

    var first: ServingGateway { all[0] }
    var second: ServingGateway { all[1] }
    var clients: [Client] { all.map(\.client) }

    /// How often each message arrived.
    var arrivals: [String: Int] {
        let ids = sink.mails.compactMap { mail in
            mail.text.firstRange(of: "Message-ID: <").map { "msg_" + mail.text[$0.upperBound...].prefix { $0 != "@" } }
        }
        return Dictionary(ids.map { ($0, 1) }, uniquingKeysWith: +)
    }

    /// Waits until every accepted message has arrived; returns the missing ones, and how many arrived more than once.
    ///
    /// A message that was claimed by a commit whose answer was lost is released within 65 s.
    func remainder(of accepted: Set<String>, within limit: Duration = .seconds(240)) async -> (
        lost: Int, duplicates: Int
    ) {
        _ = await comesTrue(within: limit) { accepted.isSubset(of: arrivals.keys) }
        let counts = arrivals
        return (accepted.subtracting(counts.keys).count, counts.values.reduce(0) { $0 + $1 - 1 })
    }

    /// Waits until the readiness of `gateway` is `status`.
    func readiness(of gateway: ServingGateway, is status: Int, within limit: Duration = .seconds(180)) async -> Bool {
        await comesTrue(within: limit) { (try? await gateway.get("/readyz/accept").status) == status }
    }
}
