// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Settings

extension ProviderKind {
    /// `kind: sparkpost`.
    public static let sparkpost = ProviderKind(
        "sparkpost",
        summary: "SparkPost (Bird), through its API",
        sample: ["api_key: !file secrets/sparkpost.key", "region: eu"]
    ) { reader, _ in
        SparkPostSettings(reader)
    }
}

/// The settings of a `sparkpost` provider.
struct SparkPostSettings: ProviderSettings {
    private static let addresses = ["us": "https://api.sparkpost.com", "eu": "https://api.eu.sparkpost.com"]

    let http: HTTPSettings
    let key: Secret
    let events: EventVerification?

    /// Reads the settings; notes all faults, and returns nil when there is one.
    init?(_ reader: SettingsReader) {
        let region = reader.choice("region", of: Self.addresses.keys.sorted()) ?? "us"
        let http = HTTPSettings(reader, defaultURL: Self.addresses[region])
        let key = reader.headerKey("api_key")
        events = reader.basicEvents()
        guard !reader.hasFaults, let http, let key else { return nil }
        self.http = http
        self.key = key
    }

    func provider(_ services: ProviderServices) -> any Provider {
        HTTPProvider(SparkPostAPI(self, clock: services.clock), client: services.http(through: http.proxy))
    }

    func eventReader(_ services: ProviderServices) -> (any EventReader)? { SparkPostEvents(events) }
}
