// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import JSON
package import Logging
package import Monitoring
package import SQL
package import Submission
package import Templates

/// A feature in a serving gateway; it follows the settings, and is off without them.
///
/// While it is off its endpoints answer 404 and its mail waits.
package protocol RunningFeature: LateBinder {
    /// Its HTTP endpoints. The public address serves those that any client may call.
    var endpoints: [Endpoint] { get }

    /// Applies new settings, nil for off.
    func configure(_ settings: (any FeatureSettings)?)

    /// What it reports now.
    func report(now: Timestamp) -> FeatureReport

    /// Deletes data that is no longer needed; called about once a minute.
    func purge() async
}

/// What a feature reports about itself.
package struct FeatureReport: Sendable {
    /// The alerts that fire, of those that the feature defines.
    package var alerts: [ActiveAlert]
    package var readings: [MetricsReading]

    package init(alerts: [ActiveAlert] = [], readings: [MetricsReading] = []) {
        self.alerts = alerts
        self.readings = readings
    }
}

/// The network, the time and the randomness that a feature uses.
package struct FeatureEnvironment: Sendable {
    package var http: any HTTPClient
    package var parse: @Sendable ([UInt8]) throws -> JSON
    package var ids: IDs
    package var clock: Clock
    /// 64 unpredictable random bits.
    package var random: @Sendable () -> UInt64

    package init(
        http: any HTTPClient,
        parse: @escaping @Sendable ([UInt8]) throws -> JSON,
        ids: IDs,
        clock: @escaping Clock,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.http = http
        self.parse = parse
        self.ids = ids
        self.clock = clock
        self.random = random
    }
}

/// What a serving gateway gives to its features.
package struct FeatureServices: Sendable {
    package let environment: FeatureEnvironment
    /// The store, with the tables of the feature.
    package let database: any Database
    /// Submits mail like any other sender's and returns its id once it is stored; nil when its admission refused it.
    package let send: @Sendable (FeatureMail) async throws(Problem) -> String?
    /// The current mail templates.
    package let templates: @Sendable () -> LibraryTemplates
    /// The current brand of a name; nil for an unknown one and for one with a fault.
    package let brand: @Sendable (_ name: String) -> Brand?
    /// The external URL of the gateway, without a trailing `/`.
    package let publicURL: @Sendable () -> String
    package let logger: Logger

    package init(
        environment: FeatureEnvironment,
        database: any Database,
        send: @escaping @Sendable (FeatureMail) async throws(Problem) -> String?,
        templates: @escaping @Sendable () -> LibraryTemplates,
        brand: @escaping @Sendable (_ name: String) -> Brand?,
        publicURL: @escaping @Sendable () -> String,
        logger: Logger
    ) {
        self.environment = environment
        self.database = database
        self.send = send
        self.templates = templates
        self.brand = brand
        self.publicURL = publicURL
        self.logger = logger
    }
}
