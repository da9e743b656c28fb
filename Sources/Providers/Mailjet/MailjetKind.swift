// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Settings

extension ProviderKind {
    /// `kind: mailjet`.
    public static let mailjet = ProviderKind(
        "mailjet",
        summary: "Mailjet, through its Send API",
        sample: ["api_key: YOUR-API-KEY", "secret_key: !file secrets/mailjet.key"]
    ) { settings, _ in
        MailjetSettings(settings)
    }
}

/// The settings of a `mailjet` provider.
struct MailjetSettings: ProviderSettings {
    static let defaultURL = "https://api.mailjet.com"
    static let version = "v3.1"

    let http: HTTPSettings
    let key: Secret
    let secretKey: Secret
    let events: EventVerification?

    init?(_ settings: SettingsReader) {
        let http = HTTPSettings(settings, defaultURL: Self.defaultURL)
        settings.refuseVersionPath("v3", Self.version, of: http?.apiURL)
        let key = settings.headerKey("api_key")
        if key?.exposed.contains(":") == true {
            settings.note(
                "the key holds a colon",
                key: "api_key",
                remedy: "write the secret key to `secret_key`, apart from it"
            )
        }
        let secretKey = settings.headerKey("secret_key")
        events = settings.basicEvents()
        guard let http, let key, let secretKey else { return nil }
        self.http = http
        self.key = key
        self.secretKey = secretKey
    }

    func provider(_ services: ProviderServices) -> any Provider {
        HTTPProvider(MailjetAPI(self, clock: services.clock), client: services.http(through: http.proxy))
    }

    func eventReader(_ services: ProviderServices) -> (any EventReader)? { MailjetEvents(events) }
}
