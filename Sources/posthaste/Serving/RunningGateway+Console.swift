// SPDX-License-Identifier: Apache-2.0
import Basics
import Monitoring
import OAuth
import Queue
import Server
import Storage
import Submission
import Templates

extension RunningGateway {
    /// The existing brands.
    var brandNames: @Sendable () -> [String] {
        { [live] in live.state.templates.templates.brandNames }
    }

    /// What the console reads and changes.
    var console: ConsoleServices {
        let stores = store.stores
        var parts = ConsoleServices.Stores(
            messages: stores.messages,
            search: builder.search(stores.messages),
            view: builder,
            controls: stores.controls,
            suppressions: stores.suppressions,
            keys: keys,
            links: stores.consoleLinks
        )
        parts.statistics = stores.statistics
        return ConsoleServices(
            stores: parts,
            readings: consoleReadings,
            dispatching: dispatcher,
            submission: acceptance,
            publicURL: live.settings.publicURL,
            hostName: ProcessContext.hostName,
            logger: logger,
            clock: ProcessContext.clock,
            random: ProcessContext.random
        )
    }

    private var consoleReadings: ConsoleServices.Readings {
        var readings = ConsoleServices.Readings()
        readings.isEnabled = { [live] in live.settings.console.isEnabled }
        readings.sealing = { [live] in SecretSealing(keys: live.settings.sealingKeys) }
        readings.brandNames = brandNames
        readings.tokens = AlertWiring.tokens
        readings.openAlerts = { [watch] in watch.openAlerts }
        readings.warnings = { [live, certificates] in
            live.warnings + certificates.warnings(now: ProcessContext.clock())
        }
        readings.depths = { [reading = DepthReading(store)] in await reading.read() }
        readings.settings = { [live] in live.state.config.view }
        readings.revision = { [store] in store.queueVersion ?? Int(ProcessContext.clock().milliseconds / 3000) }
        readings.suppressionAdded = { [dispatcher] in dispatcher.suppressionAdded() }
        return readings
    }
}
