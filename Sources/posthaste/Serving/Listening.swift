// SPDX-License-Identifier: Apache-2.0
import Gateway
import Server
import ServiceLifecycle
import Synchronization

/// A server on one of the gateway's addresses.
struct Listening: Service {
    private let server: HTTPServer
    private let address: ListenAddress
    /// The setting that names the address.
    private let setting: String

    /// The servers of all addresses; `onListening` is called once when all of them listen.
    static func servers(
        _ gateway: RunningGateway,
        onListening: @escaping @Sendable () -> Void
    ) -> [any Service] {
        let settings = gateway.live.settings
        let parts =
            [("listen", settings.listen, gateway.endpoints)]
            + (settings.publicListen.map { [("public_listen", $0, gateway.publicEndpoints)] } ?? [])
        let silent = Countdown(parts.count)
        return parts.map { setting, address, endpoints in
            let server = HTTPServer(
                endpoints,
                front: gateway.front,
                settings: HTTPServer.Settings(host: address.host, port: address.port),
                logger: gateway.logger
            ) { _ in
                if silent.isLast() { onListening() }
            }
            return Listening(server: server, address: address, setting: setting)
        }
    }

    func run() async throws {
        do {
            try await server.run()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw CommandFailure(Self.words(error, address, setting: setting))
        }
    }

    /// Why an address cannot be served on, and what mends it.
    static func words(_ error: any Error, _ address: ListenAddress, setting: String) -> String {
        let words = "\(error)"
        guard words.contains("Address already in use") else {
            return "the gateway cannot serve on \(address): \(words)"
        }
        return "\(address) is in use by another program: stop that one, or change `\(setting)`"
    }
}

/// Tells the last of several.
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
