// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Settings

extension ProviderKind {
    /// `kind: brevo`.
    public static let brevo = ProviderKind(
        "brevo",
        summary: "Brevo, through its API version 3, for messages with HTML",
        sample: ["api_key: !file secrets/brevo.key"]
    ) { settings, context in
        BrevoSettings(settings, context)
    }
}

/// The settings of a `brevo` provider.
struct BrevoSettings: ProviderSettings {
    static let defaultURL = "https://api.brevo.com"

    let name: String
    let http: HTTPSettings
    let key: Secret
    let events: EventVerification?

    init?(_ settings: SettingsReader, _ context: ProviderContext) {
        let http = HTTPSettings(settings, defaultURL: Self.defaultURL)
        let key = settings.headerKey("api_key")
        let isForSMTP = key?.exposed.hasPrefix("xsmtpsib-") == true
        if isForSMTP {
            settings.note(
                "this is a key for Brevo's SMTP relay",
                key: "api_key",
                remedy: "make an API key, which begins with `xkeysib-`, at https://app.brevo.com/settings/keys/api"
            )
        }
        events = settings.basicEvents()
        guard let http, let key, !isForSMTP else { return nil }
        name = context.name
        self.http = http
        self.key = key
    }

    func provider(_ services: ProviderServices) -> any Provider {
        HTTPProvider(
            BrevoAPI(http, key: key, provider: name, clock: services.clock),
            client: services.http(through: http.proxy)
        )
    }

    func eventReader(_ services: ProviderServices) -> (any EventReader)? { BrevoEvents(events) }
}
