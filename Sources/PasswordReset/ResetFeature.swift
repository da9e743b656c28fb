// SPDX-License-Identifier: Apache-2.0
import Delivery
package import JSON
import Mail
package import Queue
package import SQL
package import Submission
import Synchronization

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

    private let world: ResetServices
    private let tokens: ResetTokens
    private let limits: ResetLimits
    private let trail: any ResetTrail
    private let send: @Sendable (FeatureMail) async throws(Problem) -> String?
    private let current = Mutex<Running?>(nil)

    /// `send` submits mail like any other sender's and returns its id once it is stored; nil when its admission refused it.
    package init(
        world: ResetServices,
        database: any Database,
        trail: any ResetTrail,
        send: @escaping @Sendable (FeatureMail) async throws(Problem) -> String?
    ) {
        self.world = world
        self.trail = trail
        self.send = send
        tokens = ResetTokens(database: database)
        limits = ResetLimits(database: database)
    }

    /// Nil while the feature is off.
    package var running: Running? { current.withLock { $0 } }

    /// Applies new settings, nil for off; an unchanged directory keeps its sign-in.
    package func configure(_ config: ResetConfig?) {
        current.withLock { current in
            guard config != current?.config else { return }
            current = config.map { config in
                let known = current?.config.directory == config.directory ? current?.directory : nil
                return running(config, known ?? config.directory.directory(world))
            }
        }
    }

    private func running(_ config: ResetConfig, _ directory: any Directory) -> Running {
        let parts = ResetService.Parts(
            tokens: tokens,
            limits: limits,
            directory: directory,
            send: send,
            trail: trail,
            ids: world.ids,
            clock: world.clock,
            random: world.random
        )
        return Running(config, parts)
    }

    /// Deletes expired tokens and counts.
    package func purge() async throws(DatabaseError) {
        try await tokens.purge(now: world.clock())
        try await limits.purge(now: world.clock())
    }
}

extension ResetFeature: LateBinder {
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
