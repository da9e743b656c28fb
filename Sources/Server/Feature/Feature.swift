// SPDX-License-Identifier: Apache-2.0
package import Monitoring
package import SQL
package import Settings
package import Submission

/// A feature on top of the gateway, as one value: what `posthaste` needs to read its settings, to keep its data, and to run it.
///
/// `posthaste` lists the features in one place and goes over that list; no other part of the gateway names one.
package struct Feature: Sendable {
    /// The key of its section in the settings file.
    package let settingsKey: String
    /// The steps and tables that it adds to every store, whether it is switched on or not.
    package let schema: StoreSchema
    /// The alerts that it may report.
    package let alerts: [AlertDefinition]
    /// Categories whose mail is critical when the request names no priority.
    package let criticalCategories: Set<String>
    /// The name under which its mail is bound late; see ``LateBinding/binder``.
    package let binder: String
    /// Reads its section; nil when the section is missing, switched off, or has a fault, which is noted in the reader.
    package let read: @Sendable (SettingsReader, FeatureSettingsContext) -> (any FeatureSettings)?
    /// Makes the feature of a serving gateway, switched off until it gets settings.
    package let start: @Sendable (FeatureServices) -> any RunningFeature

    package init(
        settingsKey: String,
        schema: StoreSchema,
        alerts: [AlertDefinition] = [],
        criticalCategories: Set<String> = [],
        binder: String,
        read: @escaping @Sendable (SettingsReader, FeatureSettingsContext) -> (any FeatureSettings)?,
        start: @escaping @Sendable (FeatureServices) -> any RunningFeature
    ) {
        self.settingsKey = settingsKey
        self.schema = schema
        self.alerts = alerts
        self.criticalCategories = criticalCategories
        self.binder = binder
        self.read = read
        self.start = start
    }
}

/// What a feature may need of the gateway's other settings while it reads its own.
package struct FeatureSettingsContext {
    /// The existing brands; empty when unknown.
    package var brands: [String]
    package var defaultBrand: String
    /// Without a trailing `/`.
    package var publicURL: String
    /// The allowed link hosts of `brand` if `host` is not among them; nil when it is allowed.
    package var refusedBy: (_ host: String, _ brand: String) -> [String]?

    package init(
        brands: [String],
        defaultBrand: String,
        publicURL: String,
        refusedBy: @escaping (_ host: String, _ brand: String) -> [String]?
    ) {
        self.brands = brands
        self.defaultBrand = defaultBrand
        self.publicURL = publicURL
        self.refusedBy = refusedBy
    }
}

/// The checked section of a feature that is switched on.
package protocol FeatureSettings: Sendable {
    /// The section as written, without positions; may hold secrets.
    var section: SettingsNode { get }

    var summary: FeatureSummary { get }

    /// The findings of `doctor`: whether the feature can do its work with these settings.
    func check(_ environment: FeatureEnvironment, templates: any MailTemplates) async -> [DoctorFinding]
}

/// What operators read about a feature that is switched on.
package struct FeatureSummary: Sendable, Hashable {
    /// What is allowed but risky.
    package var warnings: [String]
    /// What does not belong in a production gateway; `/readyz` shows it too.
    package var trialWarnings: [String]
    /// The pages that `serve` names when it listens.
    package var pages: [Page]

    package struct Page: Sendable, Hashable {
        package let name: String
        /// Begins with `/`.
        package let path: String

        package init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    package init(warnings: [String] = [], trialWarnings: [String] = [], pages: [Page] = []) {
        self.warnings = warnings
        self.trialWarnings = trialWarnings
        self.pages = pages
    }
}
