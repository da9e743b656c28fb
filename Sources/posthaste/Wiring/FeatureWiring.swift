// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Logging
import Monitoring
import Queue
import SQL
import Server
import Storage
import Submission
import Templates

/// The features of a serving gateway.
struct RunningFeatures: Sendable {
    private let parts: [(feature: Feature, running: any RunningFeature)]

    /// Starts every feature, and registers it as the binder of its mail.
    init(
        _ live: LiveConfig,
        _ store: OpenStore,
        _ submission: MessageSubmission,
        _ builder: MessageBuilder,
        _ metrics: Metrics,
        _ logger: Logger
    ) {
        let services = FeatureServices(
            environment: .process,
            database: store.stores.features,
            send: { mail throws(Problem) in
                let id = try await submission.accept(mail)
                if id != nil { metrics.accepted(1, via: .feature) }
                return id
            },
            templates: { live.state.templates.templates },
            brand: { live.state.templates.library.snapshot.brand($0) },
            publicURL: { live.settings.publicURL },
            logger: logger
        )
        parts = Features.all.map { ($0, $0.start(services)) }
        for (feature, running) in parts { builder.register(running, as: feature.binder) }
        configure(live.state.config.features)
    }

    /// Applies new settings.
    func configure(_ features: [ConfiguredFeature]) {
        for (feature, running) in parts {
            running.configure(features.first { $0.feature.settingsKey == feature.settingsKey }?.settings)
        }
    }

    var endpoints: [Endpoint] { parts.flatMap { $0.running.endpoints } }

    func alerts(now: Timestamp) -> [ActiveAlert] { parts.flatMap { $0.running.report(now: now).alerts } }

    func readings(now: Timestamp) -> [MetricsReading] { parts.flatMap { $0.running.report(now: now).readings } }

    /// Deletes data that the features no longer need.
    func purge() async {
        for part in parts { await part.running.purge() }
    }
}

extension FeatureSettingsContext {
    /// Reads what features need from the settings and the files that they name.
    init(_ settings: GatewaySettings) {
        self.init(
            brands: BrandFolders.names(in: settings.templates) ?? [],
            defaultBrand: settings.defaultBrand,
            publicURL: settings.publicURL
        ) { host, brand in
            // Evaluated at most once a feature that is on, because it reads a folder.
            let found = TemplateLibrary(folder: settings.templates).snapshot.brand(brand)
            guard let found, !found.mayLink(to: host) else { return nil }
            return found.linkHosts
        }
    }
}

extension FeatureEnvironment {
    /// The clock, the random generator and the network of this process.
    static let process = FeatureEnvironment(
        http: ProcessServices.http,
        parse: { try JSONReader.read($0) },
        ids: IDs(clock: ProcessContext.clock, random: ProcessContext.random),
        clock: ProcessContext.clock,
        random: ProcessContext.random
    )
}
