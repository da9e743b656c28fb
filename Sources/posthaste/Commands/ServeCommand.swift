// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Feedback
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
        do throws(StoreError) {
            let lines = try await gateway.store.stores.unknownWords(alerts: Features.alerts)
            for line in lines { gateway.logger.warning("\(line)") }
        } catch {
            gateway.logger.warning("the stored words cannot be checked", metadata: ["error": "\(error)"])
        }
        for fault in gateway.live.state.templates.library.faults {
            gateway.logger.error("a template file has a fault", metadata: ["fault": "\(fault)"])
        }
        await gateway.smtp?.checkTrusted()
        ProcessServices.providerLog.write(to: gateway.logger)
        gateway.startProviders()
        do throws(CommandFailure) {
            try await serve(gateway, hangUps)
        } catch {
            await gateway.live.state.config.stopProviders()
            throw error
        }
        await gateway.live.state.config.stopProviders()
        gateway.logger.notice("stopped")
        withExtendedLifetime(lock) {}
    }

    /// Opens the gateway, and waits for a store that is not available yet; nil when the process was asked to stop meanwhile.
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

    /// Locks the store file: one gateway at a time may serve it.
    private static func lock(_ store: StoreSettings) throws(CommandFailure) -> ServeLock? {
        guard let path = store.path else { return nil }
        // Creates the file and its folder, which also holds the lock.
        _ = try OpenStore.openFile(path)
        do throws(StoreError) {
            return try ServeLock(store: path)
        } catch {
            throw CommandFailure(error.description)
        }
    }

    private func serve(_ gateway: RunningGateway, _ hangUps: UnixSignalsSequence) async throws(CommandFailure) {
        let servers = try Listening.servers(gateway) { Welcome.show(gateway.live.state.config) }
        let upkeep = Maintenance(live: gateway.live, stores: gateway.store.stores, logger: gateway.logger)
        // Runs before the first mail, so that today's partition exists.
        await upkeep.rotatePartitions()
        // Services stop in reverse order: the dispatcher hands nothing over while the server still answers.
        let services: [any Service] =
            [
                RepeatedWork(interval: .seconds(60)) { await upkeep.purge() },
                RepeatedWork(interval: .seconds(60)) { await upkeep.forgetReports(gateway.feedback) },
                RepeatedWork(interval: .seconds(60)) { await gateway.features.purge() },
                RepeatedWork(interval: .seconds(30)) { await upkeep.countStatistics() },
                RepeatedWork(interval: .seconds(1)) { upkeep.readTemplates() },
                RepeatedWork(interval: .seconds(1)) { [watch = gateway.watch] in await watch.tick() },
                // Run separately, so that an unresponsive endpoint does not delay the detection of a new token.
                RepeatedWork(interval: .seconds(1)) { await ProcessServices.tokens.look() },
                RepeatedWork(interval: .seconds(1)) { await ProcessServices.tokens.renew() },
                RepeatedWork(interval: .seconds(1)) { gateway.certificates.refresh(logger: gateway.logger) },
                RepeatedWork(interval: .seconds(60)) { await gateway.purgeDeliveries() },
                ReloadService(gateway: gateway, signals: hangUps),
                FeedbackWork(service: gateway.feedback),
            ] + servers + [
                // Before the servers, so that readers of the feed who wait hold up nothing.
                EventService(watch: gateway.events),
                WebhookRun(webhooks: gateway.webhooks),
                DispatchService(dispatcher: gateway.dispatcher) { [live = gateway.live] in live.settings.shutdownGrace
                },
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

    /// Operators do not need the lifecycle of services, only its errors.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger[metadataKey: "part"] = "services"
        return logger
    }
}
