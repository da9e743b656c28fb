// SPDX-License-Identifier: Apache-2.0
import Monitoring
import PasswordReset
import SQL
import Server
import Settings
import Storage

/// The features on top of the gateway.
enum Features {
    static let all: [Feature] = [.passwordReset]

    /// The schema of a store: the core's, with what every feature adds, whether it is switched on or not.
    static let schema = all.reduce(StoreSchema.core) { $0.adding($1.schema) }

    /// Every alert of this gateway, for settings, notifications and metrics.
    static let alerts = AlertCatalog(features: all.flatMap(\.alerts))

    /// Categories whose mail is critical when the request names no priority.
    static let criticalCategories = Set(all.flatMap(\.criticalCategories))
}

/// A feature with its settings as they were read; nil while it is off.
struct ConfiguredFeature: Sendable {
    let feature: Feature
    let settings: (any FeatureSettings)?
}

extension [ConfiguredFeature] {
    /// Reads the section of every feature; faults are noted in the reader.
    static func read(_ reader: SettingsReader, _ context: FeatureSettingsContext) -> [ConfiguredFeature] {
        Features.all.map { ConfiguredFeature(feature: $0, settings: $0.read(reader, context)) }
    }

    /// What operators read about the features that are switched on.
    var summaries: [FeatureSummary] { compactMap { $0.settings?.summary } }
}
