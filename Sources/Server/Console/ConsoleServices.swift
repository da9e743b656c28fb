// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Feedback
package import JSON
package import Logging
package import Monitoring
package import OAuth
package import Queue
package import Submission

/// What the console reads and changes.
package struct ConsoleServices: Sendable {
    /// The stores and what works on them.
    package struct Stores: Sendable {
        package var messages: any MessageStore
        package var search: MessageSearch
        package var view: any MessageViewing
        package var controls: any ControlStore
        package var suppressions: any SuppressionStore
        package var keys: APIKeyCache
        package var links: any ConsoleLinkStore
        /// Nil where traffic is not counted.
        package var statistics: (any StatisticsStore)?

        package init(
            messages: any MessageStore,
            search: MessageSearch,
            view: any MessageViewing,
            controls: any ControlStore,
            suppressions: any SuppressionStore,
            keys: APIKeyCache,
            links: any ConsoleLinkStore
        ) {
            (self.messages, self.search, self.view, self.controls) = (messages, search, view, controls)
            (self.suppressions, self.keys, self.links) = (suppressions, keys, links)
        }
    }

    /// The current state of the gateway.
    package struct Readings: Sendable {
        package var isEnabled: @Sendable () -> Bool = { true }
        package var sealing: @Sendable () -> SecretSealing? = { nil }
        package var brandNames: @Sendable () -> [String] = { [] }
        package var tokens: @Sendable () -> [TokenStatus] = { [] }
        package var openAlerts: @Sendable () -> [ActiveAlert] = { [] }
        /// Warnings of `/readyz` that are no alerts.
        package var warnings: @Sendable () async -> [String] = { [] }
        /// Nil when the store does not answer.
        package var depths: @Sendable () async -> [QueueDepth]? = { nil }
        /// What is in force, secrets masked.
        package var settings: @Sendable () -> JSON = { .object(JSONObject()) }
        /// Changes with every change of the queue.
        package var revision: @Sendable () -> Int = { 0 }
        /// Tells the dispatcher that an address was suppressed.
        package var suppressionAdded: @Sendable () -> Void = {}

        package init() {}
    }

    package var stores: Stores
    package var readings: Readings
    package var dispatching: any Dispatching
    package var submission: MessageSubmission
    /// Without a trailing `/`.
    package var publicURL: String
    /// The name of this machine, for display.
    package var hostName: String
    package var logger: Logger
    package var clock: Clock
    /// 64 unpredictable random bits.
    package var random: @Sendable () -> UInt64

    package init(
        stores: Stores,
        readings: Readings,
        dispatching: any Dispatching,
        submission: MessageSubmission,
        publicURL: String,
        hostName: String,
        logger: Logger,
        clock: @escaping Clock,
        random: @escaping @Sendable () -> UInt64
    ) {
        (self.stores, self.readings, self.dispatching) = (stores, readings, dispatching)
        (self.submission, self.publicURL, self.hostName) = (submission, publicURL, hostName)
        (self.logger, self.clock, self.random) = (logger, clock, random)
    }
}
