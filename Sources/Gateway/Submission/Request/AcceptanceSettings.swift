// SPDX-License-Identifier: Apache-2.0

/// All that acceptance has to know of the configuration; a value, swapped whole on reload.
package struct AcceptanceSettings: Sendable {
    package var defaultBrand: String
    package var routes: Routes
    /// What each provider can express, by its name.
    package var capabilities: [String: Capabilities]

    package init(defaultBrand: String, routes: Routes, capabilities: [String: Capabilities]) {
        self.defaultBrand = defaultBrand
        self.routes = routes
        self.capabilities = capabilities
    }

    package init(defaultBrand: String, delivery: DeliverySettings) {
        let capabilities = delivery.providers.map { ($0.name, $0.provider.capabilities) }
        self.init(
            defaultBrand: defaultBrand,
            routes: delivery.routes,
            capabilities: Dictionary(capabilities) { first, _ in first }
        )
    }

    /// What the providers that may carry a stream can express, in the order of failover.
    func capabilities(for stream: Stream) -> [Capabilities] {
        routes.via(stream).providers.map { capabilities[$0] ?? [] }
    }
}
