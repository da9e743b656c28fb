// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import Feedback
import Logging
import Monitoring
import OAuth
import Queue
import Server
import ServiceLifecycle
import Settings
import Storage
import Submission
import Templates
import UnixSignals

/// Reads the settings again at each SIGHUP.
///
/// Settings with a fault are refused as a whole, and the old settings remain.
struct ReloadService: Service {
    let gateway: RunningGateway
    let signals: UnixSignalsSequence

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { reload() }
    }

    func reload() {
        let logger = gateway.logger
        let old = gateway.live.state
        do throws(SettingsFaults) {
            let new = try ProcessServices.tokens.reading { () throws(SettingsFaults) in
                try old.config.file.read(workshop: .builtIn)
            }
            take(new, old)
            var metadata: Logger.Metadata = ["file": "\(new.file.path)"]
            if !new.environmentPaths.isEmpty {
                metadata["from_environment"] = "\(new.environmentPaths.joined(separator: ", "))"
                metadata["note"] = "values from the environment change only when the gateway is started again"
            }
            logger.notice("settings were read again, with the files that !file names", metadata: metadata)
        } catch {
            gateway.live.refuse(at: ProcessContext.clock())
            for fault in error.faults {
                logger.error("the new settings are refused, the old ones stay", metadata: ["fault": "\(fault)"])
            }
        }
    }

    private func take(_ read: LoadedConfig, _ old: LiveConfig.State) {
        let new = read.keepingProviders(of: old.config)
        let fixed = new.settings.fixedChanges(since: old.config.settings)
        if !fixed.isEmpty {
            gateway.logger.warning(
                "some settings change only when the gateway is started again; the rest is taken",
                metadata: ["settings": "\(fixed.joined(separator: ", "))"]
            )
        }
        let templates = templates(new.settings, old)
        let sealing = SecretSealing(keys: new.settings.sealingKeys)
        gateway.live.change(new.fixing(old.config.settings), templates)
        _ = gateway.store.connectTokens(new.settings)
        ProcessServices.http.configure(proxy: new.settings.proxy)
        ProcessServices.signers.configure(new.settings.dkim)
        gateway.sink.configure(new.settings.log)
        gateway.front.trust(new.settings.trustedProxies.compactMap { IPNetwork($0) })
        gateway.builder.configure(
            templates: templates.templates,
            sealing: sealing,
            links: UnsubscribeLinks(publicURL: gateway.live.settings.publicURL, sealing: sealing),
            bounces: new.settings.bounceAddresses
        )
        gateway.startProviders()
        gateway.dispatcher.configure(new.delivery)
        Task { await old.config.stopProviders(notIn: new) }
        let (watch, alerts, canaries) = (gateway.watch, new.settings.alerts.watchdog, new.settings.canaries)
        let routes = AlertWiring.routes(gateway.live, gateway.dispatcher)
        Task { await watch.configure(alerts, routes: routes, canaries: canaries) }
        gateway.acceptance.configure(new.acceptance, templates: templates.templates, sealing: sealing)
        gateway.features.configure(gateway.live.state.config.features)
        gateway.webhooks.configure(gateway.live.settings.webhooks)
        gateway.smtp?.configure(gateway.live.settings)
        gateway.certificates.refresh(isForced: true, logger: gateway.logger)
        // Logged again as at startup, because the files and settings concerned may be new.
        for warning in new.warnings { gateway.logger.warning("\(warning)") }
    }

    private func templates(_ new: GatewaySettings, _ old: LiveConfig.State) -> OpenTemplates {
        guard new.templates == old.templates.folder else { return OpenTemplates(new) }
        let upkeep = Maintenance(live: gateway.live, stores: gateway.store.stores, logger: gateway.logger)
        upkeep.readTemplates()
        return old.templates
    }
}
