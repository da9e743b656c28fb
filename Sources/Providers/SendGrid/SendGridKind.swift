// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Settings

extension ProviderKind {
    /// `kind: sendgrid`.
    public static let sendgrid = ProviderKind(
        "sendgrid",
        summary: "Twilio SendGrid, through its API version 3",
        sample: ["api_key: !file secrets/sendgrid.key"]
    ) { settings, context in
        SendGridSettings(settings, context)
    }
}

/// Where SendGrid keeps an account's mail.
enum SendGridRegion: String, CaseIterable {
    case us
    case eu

    var url: String {
        switch self {
        case .us: "https://api.sendgrid.com"
        case .eu: "https://api.eu.sendgrid.com"
        }
    }
}

/// The settings of a `sendgrid` provider.
struct SendGridSettings: ProviderSettings {
    let name: String
    let http: HTTPSettings
    let key: Secret
    let events: EventVerification?

    init?(_ settings: SettingsReader, _ context: ProviderContext) {
        let word = settings.choice("region", of: SendGridRegion.allCases.map(\.rawValue))
        let region = word.flatMap { SendGridRegion(rawValue: $0) } ?? .us
        let http = HTTPSettings(settings, defaultURL: region.url)
        let key = settings.headerKey("api_key")
        events = settings.publicKeyEvents()
        if events != nil, SendGridEvents(events) == nil {
            settings.note(
                "`verification_key` is no key on the curve P-256",
                key: "events",
                remedy: "copy the verification key of the signed event webhook from SendGrid's mail settings"
            )
        }
        guard let http, let key else { return nil }
        name = context.name
        self.http = http
        self.key = key
    }

    func provider(_ services: ProviderServices) -> any Provider {
        HTTPProvider(
            SendGridAPI(http, key: key, provider: name, clock: services.clock),
            client: services.http(through: http.proxy)
        )
    }

    func eventReader(_ services: ProviderServices) -> (any EventReader)? { SendGridEvents(events) }
}
