// SPDX-License-Identifier: Apache-2.0
import Boundary
import Logging
import Server
import ServiceLifecycle
import Settings
import Synchronization

/// A server on one of the gateway's addresses.
struct Listening: Service {
    private let server: HTTPServer
    private let address: ListenAddress
    /// The setting with the address.
    private let setting: String

    /// The servers of all addresses; `onListening` is called once when all of them listen.
    static func servers(
        _ gateway: RunningGateway,
        onListening: @escaping @Sendable () -> Void
    ) throws(CommandFailure) -> [any Service] {
        let settings = gateway.live.settings
        let parts =
            [("listen", settings.listen, gateway.endpoints, Optional(gateway.fronts))]
            + (settings.publicListen.map { [("public_listen", $0, gateway.publicEndpoints, nil)] } ?? [])
        let silent = Countdown(parts.count + (gateway.smtp?.count ?? 0))
        let places = Self.places(for: parts.count, logger: gateway.logger)
        let certificate = try settings.listenCertificate.map { files throws(CommandFailure) in
            try gateway.certificates.certificate(files)
        }
        let listened: @Sendable () -> Void = { if silent.isLast() { onListening() } }
        let servers = parts.map { setting, address, endpoints, fronts -> any Service in
            var settings = HTTPServer.Settings(host: address.host, port: address.port)
            settings.maximumConnections = places
            if setting == "listen" { settings.certificate = certificate }
            let server = HTTPServer(
                endpoints,
                fronts: fronts,
                front: gateway.front,
                settings: settings,
                logger: gateway.logger
            ) { _ in listened() }
            return Listening(server: server, address: address, setting: setting)
        }
        return servers + (gateway.smtp?.servers(onListening: listened) ?? [])
    }

    /// The connection limit of each of `servers`, which leaves file descriptors for files and connections to providers.
    private static func places(for servers: Int, logger: Logger) -> Int {
        let usual = HTTPServer.Settings(host: "", port: 0).maximumConnections
        let limit = OpenFileLimit.raise(to: 2 * usual + 4096)
        let places = min(usual, max(64, (limit - min(1024, limit / 2)) / servers))
        if places < usual {
            logger.warning(
                "the limit of open files leaves room for few connections; raise it (LimitNOFILE, ulimit -n)",
                metadata: ["open_files": "\(limit)", "connections": "\(places)"]
            )
        }
        return places
    }

    func run() async throws {
        do {
            try await server.run()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw CommandFailure(ListenFailure(error).words("\(address)", setting: "`\(setting)`"))
        }
    }
}

/// Detects the last of several events.
private final class Countdown: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) {
        left = Mutex(count)
    }

    func isLast() -> Bool {
        left.withLock { left in
            left -= 1
            return left == 0
        }
    }
}
