// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Logging
import Monitoring
import OAuth
import Server
import ServiceLifecycle
import Storage
import Templates
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway.",
        discussion: """
            SIGTERM finishes what is in flight and leaves the rest queued; SIGHUP reads the settings and templates again.
            """
    )

    @OptionGroup var config: ConfigOptions

    func run() async throws {
        // Trapped first, so that an early SIGHUP does not end the process.
        let hangUps = await UnixSignalsSequence(trapping: .sighup)
        let config = try config.load()
        let lock = try Self.lock(config.settings.store)
        guard let gateway = try await Self.open(config) else { return }
        for warning in config.warnings { gateway.logger.warning("\(warning)") }
        // A store that does not answer shows in readiness.
        for line in (try? await gateway.store.stores.unknownWords()) ?? [] { gateway.logger.warning("\(line)") }
        for fault in gateway.live.state.templates.library.faults {
            gateway.logger.error("a template file has a fault", metadata: ["fault": "\(fault)"])
        }
        try await serve(gateway, hangUps)
        gateway.logger.notice("stopped")
        withExtendedLifetime(lock) {}
    }

    /// Opens the gateway, waiting for a store that is not there yet; nil when the process was told to stop meanwhile.
    private static func open(_ config: LoadedConfig) async throws(CommandFailure) -> RunningGateway? {
        let sink = LogSink.standardError(config.settings.log)
        do throws(CommandFailure) {
            return try await RunningGateway.open(config, sink: sink)
        } catch {
            guard error.isPassing else { throw error }
            let logger = Logger(label: "posthaste") { _ in SinkLogHandler(sink: sink) }
            return try await WaitingForStore(config: config, sink: sink, logger: quiet(logger)).gateway(because: error)
        }
    }

    /// One gateway at a time on one file.
    private static func lock(_ store: StoreSettings) throws(CommandFailure) -> ServeLock? {
        guard let path = store.path else { return nil }
        // Makes the file and its folder, which the lock stands beside.
        _ = try OpenStore.openFile(path)
        do throws(ServeLockError) {
            return try ServeLock(store: path)
        } catch {
            throw CommandFailure(error.description)
        }
    }

    private func serve(_ gateway: RunningGateway, _ hangUps: UnixSignalsSequence) async throws(CommandFailure) {
        let servers = Listening.servers(gateway) { Welcome.show(gateway.live.state.config) }
        let upkeep = Maintenance(live: gateway.live, messages: gateway.store.stores.messages, logger: gateway.logger)
        // Before the first mail, so that it finds its day.
        await upkeep.rotatePartitions()
        // The last one is stopped first: nothing new is handed over while the server still answers.
        let services: [any Service] =
            [
                RepeatedWork(interval: .seconds(60)) { await upkeep.purge() },
                RepeatedWork(interval: .seconds(60)) { await gateway.reset.purge(gateway.logger) },
                RepeatedWork(interval: .seconds(1)) { upkeep.readTemplates() },
                RepeatedWork(interval: .seconds(1)) { [watch = gateway.watch] in await watch.tick() },
                // Apart from each other: an endpoint that hangs keeps nobody from noticing a new token.
                RepeatedWork(interval: .seconds(1)) { await ProcessServices.tokens.look() },
                RepeatedWork(interval: .seconds(1)) { await ProcessServices.tokens.renew() },
                ReloadService(gateway: gateway, signals: hangUps),
            ] + servers + [
                DispatchService(dispatcher: gateway.dispatcher) { [live = gateway.live] in live.settings.shutdownGrace }
            ]
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Self.quiet(gateway.logger)
        )
        configuration.maximumGracefulShutdownDuration = gateway.live.settings.shutdownGrace + .seconds(5)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            gateway.logger.warning("stopped before everything in flight was finished")
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("the gateway cannot serve: \(ListenFailure.plain(error))")
        }
    }

    /// The lifecycle of services is of no interest to operators, its troubles are.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger[metadataKey: "part"] = "services"
        return logger
    }
}
