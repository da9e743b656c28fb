// SPDX-License-Identifier: Apache-2.0
import Delivery
import OAuth
import Settings

/// The scopes of which one is sufficient, the narrowest first.
enum GmailScope {
    static let forSending = names("gmail.send", "gmail.compose", "gmail.modify")
    static let forDrafts = names("gmail.compose", "gmail.modify")

    private static func names(_ names: String...) -> [String] {
        names.map { "https://www.googleapis.com/auth/\($0)" } + ["https://mail.google.com/"]
    }
}

/// How a message is submitted.
enum GmailDelivery: String, CaseIterable {
    /// In one request.
    case send
    /// As a draft that is then sent, which resolves a lost response.
    case draft
}

/// The settings of a `gmail` provider.
struct GmailSettings: ProviderSettings {
    static let defaultURL = "https://gmail.googleapis.com"

    let name: String
    let http: HTTPSettings
    let delivery: GmailDelivery
    let request: TokenRequest

    var tokens: TokenRequest? { request }

    init?(_ settings: SettingsReader, _ context: ProviderContext) {
        let http = HTTPSettings(settings, defaultURL: Self.defaultURL, hasTracking: false)
        let word = settings.choice("delivery", of: GmailDelivery.allCases.map(\.rawValue))
        delivery = word.flatMap { GmailDelivery(rawValue: $0) } ?? .send
        let request = settings.tokenRequest(
            context,
            kind: "gmail",
            scopes: delivery == .draft ? GmailScope.forDrafts : GmailScope.forSending,
            service: .google,
            proxy: http?.proxy
        )
        guard let http, let request else { return nil }
        name = context.name
        self.http = http
        self.request = request
    }

    func provider(_ services: ProviderServices) -> any Provider {
        let api = GmailAPI(
            http.apiURL,
            timeout: http.timeout,
            remedies: GmailRemedies(provider: name, account: request.account),
            clock: services.clock
        )
        return GmailProvider(
            HTTPProvider(api, client: services.http(through: http.proxy), tokens: services.tokens(request)),
            delivery: delivery,
            account: request.account
        )
    }
}
