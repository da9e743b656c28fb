// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Mail
import Settings

extension ProviderKind {
    /// `kind: mailgun`.
    public static let mailgun = ProviderKind(
        "mailgun",
        summary: "Mailgun, through its HTTP API",
        sample: ["domain: mg.example.org", "region: eu", "api_key: !file secrets/mailgun.key"]
    ) { settings, _ in
        MailgunSettings(settings)
    }
}

/// Where a Mailgun domain is.
enum MailgunRegion: String, CaseIterable {
    case us
    case eu

    var defaultURL: String {
        switch self {
        case .us: "https://api.mailgun.net"
        case .eu: "https://api.eu.mailgun.net"
        }
    }
}

/// The settings of a `mailgun` provider.
struct MailgunSettings: ProviderSettings {
    static let version = "v3"

    let http: HTTPSettings
    let key: Secret
    /// The sending domain at Mailgun, in A-labels.
    let domain: String
    let events: EventVerification?

    init?(_ settings: SettingsReader) {
        let word = settings.choice("region", of: MailgunRegion.allCases.map(\.rawValue))
        let region = word.flatMap { MailgunRegion(rawValue: $0) } ?? .us
        let http = HTTPSettings(settings, defaultURL: region.defaultURL)
        settings.refuseVersionPath(Self.version, of: http?.apiURL)
        let key = settings.headerKey("api_key")
        let domain = Self.domain(settings)
        events = settings.signingKeyEvents()
        guard let http, let key, let domain else { return nil }
        self.http = http
        self.key = key
        self.domain = domain
    }

    func provider(_ services: ProviderServices) -> any Provider {
        HTTPProvider(MailgunAPI(self, clock: services.clock), client: services.http(through: http.proxy))
    }

    func eventReader(_ services: ProviderServices) -> (any EventReader)? { MailgunEvents(events) }

    /// The domain is a segment of each path, so it may hold nothing but a name.
    private static func domain(_ settings: SettingsReader) -> String? {
        guard let text = settings.string("domain", required: true) else { return nil }
        do throws(FieldError) {
            return try EmailAddress(parsing: "postmaster@\(text)").domain
        } catch {
            settings.note(
                "`\(text)` is no domain",
                key: "domain",
                remedy: "write the sending domain as Mailgun lists it, such as mg.example.org"
            )
            return nil
        }
    }
}
