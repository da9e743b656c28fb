// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Settings

extension ProviderKind {
    /// `kind: resend`.
    ///
    /// The default limits are those of a new team: two requests per second.
    public static let resend = ProviderKind(
        "resend",
        summary: "Resend, through its API, which sends a repeated message once",
        sample: ["api_key: !file secrets/resend.key"],
        defaultConcurrency: 4,
        defaultPerSecond: 2
    ) { settings, context in
        ResendSettings(settings, context)
    }
}

/// The settings of a `resend` provider.
struct ResendSettings: ProviderSettings {
    static let defaultURL = "https://api.resend.com"

    let name: String
    let http: HTTPSettings
    let key: Secret
    let events: EventVerification?

    init?(_ settings: SettingsReader, _ context: ProviderContext) {
        let http = HTTPSettings(settings, defaultURL: Self.defaultURL)
        let key = settings.headerKey("api_key")
        events = settings.standardWebhookEvents()
        guard let http, let key else { return nil }
        name = context.name
        self.http = http
        self.key = key
    }

    func provider(_ services: ProviderServices) -> any Provider {
        HTTPProvider(
            ResendAPI(http, key: key, provider: name, clock: services.clock),
            client: services.http(through: http.proxy)
        )
    }

    func eventReader(_ services: ProviderServices) -> (any EventReader)? { ResendEvents(events) }
}
