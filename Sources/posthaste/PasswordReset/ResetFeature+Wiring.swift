// SPDX-License-Identifier: Apache-2.0
import Gateway
import Logging
import PasswordReset
import Storage

extension ResetFeature {
    /// Sends through `acceptance` like any other sender, and gives the late values of its mail at hand-over.
    static func wired(
        _ store: OpenStore,
        _ acceptance: Acceptance,
        _ builder: MessageBuilder,
        _ trail: ResetJournal,
        _ metrics: Metrics
    ) -> ResetFeature {
        let feature = ResetFeature(world: .process, database: store.stores.features, trail: trail) {
            mail throws(Problem) in
            let id = try await acceptance.accept(mail)
            if id != nil { metrics.accepted(1) }
            return id
        }
        builder.register(feature, as: ResetBinder.name)
        return feature
    }

    /// Takes new settings, and says what keeps the mail from being sent.
    func configure(_ config: ResetConfig?, _ templates: OpenTemplates, _ logger: Logger) {
        configure(config)
        for fault in config?.faults(in: templates.templates) ?? [] {
            logger.error("password reset cannot send its mail", metadata: ["fault": "\(fault)"])
        }
    }

    /// Drops what is of no use any more.
    func purge(_ logger: Logger) async {
        do throws(DatabaseError) { try await purge() } catch {
            logger.error("expired reset tokens cannot be dropped", metadata: ["error": "\(error)"])
        }
    }
}
