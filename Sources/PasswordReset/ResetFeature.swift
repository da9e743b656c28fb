// SPDX-License-Identifier: Apache-2.0
package import Basics
import Delivery
package import JSON
import Logging
import Mail
import Monitoring
package import Queue
import SQL
package import Server
package import Submission
import Synchronization
import Templates

extension Feature {
    /// Password reset by mail: users request a link, and set a new password in the operator's directory.
    package static let passwordReset = Feature(
        settingsKey: ResetConfig.settingsKey,
        schema: .passwordReset,
        alerts: [ResetAlert.burst],
        criticalCategories: [ResetService.category],
        binder: ResetBinder.name,
        read: { ResetConfig.read($0, $1) },
        start: { ResetFeature($0) }
    )
}

/// Password reset in a running gateway: it follows the settings, and is off without its section.
package final class ResetFeature: Sendable {
    /// The parts built from the current settings.
    ///
    /// A class, because it is returned with every call.
    package final class Running: Sendable {
        package let config: ResetConfig
        package let service: ResetService
        package let directory: any Directory
        let binder: ResetBinder
        private let policy: PolicyNotice

        init(_ config: ResetConfig, _ parts: ResetService.Parts) {
            self.config = config
            directory = parts.directory
            service = ResetService(config.settings, parts)
            binder = ResetBinder(config.settings, parts)
            policy = PolicyNotice(config.settings.rules, parts.directory, clock: parts.clock)
        }

        /// The known password rules.
        package func passwordRules() async -> [PasswordRule] { await policy.all() }
    }

    private let services: FeatureServices
    private let journal: ResetJournal
    private let tokens: ResetTokens
    private let limits: ResetLimits
    private let current = Mutex<Running?>(nil)

    package init(_ services: FeatureServices) {
        self.services = services
        journal = ResetJournal(logger: services.logger, clock: services.environment.clock)
        tokens = ResetTokens(database: services.database)
        limits = ResetLimits(database: services.database)
    }

    /// Nil while the feature is off.
    package var running: Running? { current.withLock { $0 } }

    private func running(_ config: ResetConfig, _ directory: any Directory) -> Running {
        let environment = services.environment
        let parts = ResetService.Parts(
            tokens: tokens,
            limits: limits,
            directory: directory,
            send: services.send,
            trail: journal,
            ids: environment.ids,
            clock: environment.clock,
            random: environment.random
        )
        return Running(config, parts)
    }
}

extension ResetFeature: RunningFeature {
    package var endpoints: [Endpoint] {
        let locales: @Sendable () -> [String] = { [services] in
            services.templates().locales(of: ResetService.template)
        }
        let pages = ResetPageAPI(
            feature: self,
            locales: locales,
            brand: services.brand,
            publicURL: services.publicURL
        )
        return ResetAPI(feature: self, locales: locales).endpoints + pages.endpoints
    }

    /// Applies new settings, and logs faults that prevent its mail from being sent; an unchanged directory keeps its sign-in.
    package func configure(_ settings: (any FeatureSettings)?) {
        let config = (settings as? ResetConfig)?.hosted(under: services.publicURL())
        current.withLock { current in
            guard config != current?.config else { return }
            current = config.map { config in
                let known = current?.config.directory == config.directory ? current?.directory : nil
                return running(config, known ?? config.directory.directory(services.environment))
            }
        }
        for fault in config?.faults(in: services.templates()) ?? [] {
            services.logger.error("password reset cannot send its mail", metadata: ["fault": "\(fault)"])
        }
    }

    package func report(now: Timestamp) -> FeatureReport {
        FeatureReport(alerts: journal.symptom(now: now).map { [$0] } ?? [], readings: journal.tally.readings)
    }

    /// Deletes expired tokens and counts.
    package func purge() async {
        let now = services.environment.clock()
        do throws(DatabaseError) {
            try await tokens.purge(now: now)
            try await limits.purge(now: now)
        } catch {
            services.logger.error("expired reset tokens cannot be dropped", metadata: ["error": "\(error)"])
        }
    }
}

extension ResetFeature {
    package func bind(_ message: QueuedMessage, reference: JSON) async throws(BuildError) -> LateValues {
        guard let running else {
            let detail = "password reset is switched off; this mail waits until it is on, or expires"
            throw .unbound(DeliveryError(.transient, scope: .message, code: "feature.off", detail: detail))
        }
        return try await running.binder.bind(message, reference: reference)
    }
}

extension Directory {
    /// Looks up an address that cannot exist (RFC 2606), which tests the sign-in and the search without a change.
    package func check() async throws(DirectoryError) {
        _ = try await user(with: EmailAddress(checkedLocal: "nobody", checkedDomain: "posthaste.invalid"))
    }
}
