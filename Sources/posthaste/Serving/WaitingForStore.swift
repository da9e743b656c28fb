// SPDX-License-Identifier: Apache-2.0
import Basics
import Logging
import Monitoring
import Server
import ServiceLifecycle
import Settings
import Synchronization
import UnixSignals

/// Serves the endpoints that need no store, and opens the gateway as soon as the store is available.
struct WaitingForStore: Sendable {
    private static let interval = Duration.seconds(1)

    let config: LoadedConfig
    let sink: LogSink
    let logger: Logger

    /// The gateway; nil when the process was asked to stop before.
    func gateway(because first: CommandFailure) async throws(CommandFailure) -> RunningGateway? {
        let listen = config.settings.listen
        logger.error(
            "the store cannot be reached; trying again",
            metadata: ["reason": "\(first.lines.joined(separator: "; "))"]
        )
        var settings = HTTPServer.Settings(host: listen.host, port: listen.port)
        settings.certificate = try config.settings.listenCertificate.map { files throws(CommandFailure) in
            try Certificates().certificate(files)
        }
        let server = HTTPServer(
            WaitingAPI.endpoints,
            fronts: fronts,
            front: front,
            settings: settings,
            otherwise: WaitingAPI.refusal,
            logger: logger
        )
        let attempts = Attempts(waiting: self, first: first)
        let services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: server),
            .init(service: attempts, successTerminationBehavior: .gracefullyShutdownGroup),
        ]
        let group = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        do {
            try await ServiceGroup(configuration: group).run()
        } catch {
            throw CommandFailure(ListenFailure(error).words("\(listen)", setting: "`listen`"))
        }
        return try attempts.outcome.withLock(\.self)?.get()
    }

    /// They refuse every call in their own shapes.
    private var fronts: FrontDispatcher {
        let settings = config.settings.fronts
        return FrontDispatcher(Fronts.all, settings: { settings }, desk: nil, clock: ProcessContext.clock)
    }

    private var front: RequestPipeline {
        RequestPipeline(
            authenticate: { _ throws(StoreError) in throw .unavailable("the store has not been reached") },
            trustedProxies: [],
            publicHost: config.settings.publicHost,
            metrics: Metrics(),
            logger: logger,
            seed: ProcessContext.random()
        )
    }

    /// Tries to open the gateway about once a second.
    private final class Attempts: Service {
        let outcome = Mutex<Result<RunningGateway, CommandFailure>?>(nil)
        private let waiting: WaitingForStore
        private let first: CommandFailure

        init(waiting: WaitingForStore, first: CommandFailure) {
            (self.waiting, self.first) = (waiting, first)
        }

        func run() async throws {
            await cancelWhenGracefulShutdown { [self] in
                var told = first
                while !Task.isCancelled {
                    // A cancelled sleep ends the loop.
                    try? await Task.sleep(for: WaitingForStore.interval)
                    do throws(CommandFailure) {
                        let gateway = try await RunningGateway.open(waiting.config, sink: waiting.sink)
                        waiting.logger.notice("the store is back")
                        return outcome.withLock { $0 = .success(gateway) }
                    } catch {
                        guard error.isPassing else { return outcome.withLock { $0 = .failure(error) } }
                        if error != told {
                            let reason = error.lines.joined(separator: "; ")
                            waiting.logger.error("the store cannot be reached", metadata: ["reason": "\(reason)"])
                        }
                        told = error
                    }
                }
            }
        }
    }
}
