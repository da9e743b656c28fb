// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import OAuth
import Settings

/// The permissions of Microsoft Graph that sending needs.
enum GraphScope {
    static let send = "Mail.Send"
    /// For drafts, and so for mail that does not fit into one request.
    static let write = "Mail.ReadWrite"

    /// The scopes of a consent by the owner of a mailbox; `resource` is the origin of Microsoft Graph.
    static func delegated(_ resource: String, forLargeMail: Bool) -> [String] {
        ["\(resource)/\(send)"] + (forLargeMail ? ["\(resource)/\(write)"] : []) + [AuthorizationFlow.offlineAccess]
    }

    /// The scope of an app that asks for itself: all permissions that an administrator has granted.
    static func application(_ resource: String) -> [String] { ["\(resource)/.default"] }
}

/// The settings of a `graph` provider.
struct GraphSettings: ProviderSettings {
    let name: String
    let http: HTTPSettings
    let request: TokenRequest
    /// Whether mail that does not fit into one request is sent as a draft; nil: as far as the permissions allow it.
    let largeMail: Bool?

    var tokens: TokenRequest? { request }

    init?(_ settings: SettingsReader, _ context: ProviderContext) {
        let cloud =
            settings.choice("cloud", of: MicrosoftCloud.allCases.map(\.rawValue))
            .flatMap { MicrosoftCloud(rawValue: $0) } ?? .global
        let http = HTTPSettings(settings, defaultURL: cloud.graph, hasTracking: false)
        let largeMail = settings.boolean("large_mail")
        let reading = MicrosoftReading(settings, cloud: cloud)
        let resource = Self.resource(http?.apiURL, cloud)
        let scopes =
            reading.isApplication
            ? GraphScope.application(resource)
            : GraphScope.delegated(resource, forLargeMail: largeMail == true)
        let request = settings.tokenRequest(
            context,
            kind: "graph",
            scopes: scopes,
            service: reading.service,
            proxy: http?.proxy,
            client: .settings(reading.client)
        )
        guard let http, let request, reading.isComplete else { return nil }
        name = context.name
        self.http = http
        self.request = request
        self.largeMail = largeMail
    }

    func provider(_ services: ProviderServices) -> any Provider {
        let api = GraphAPI(
            http,
            account: request.account,
            remedies: GraphRemedies(provider: name, account: request.account, place: request.place),
            takesLargeMail: largeMail ?? true,
            clock: services.clock
        )
        let client = services.http(through: http.proxy)
        return GraphProvider(HTTPProvider(api, client: client, tokens: services.tokens(request)), client: client)
    }

    /// The resource that the scopes name: that of the address for the hosts of Microsoft, else that of the cloud.
    private static func resource(_ url: HTTPURL?, _ cloud: MicrosoftCloud) -> String {
        let hosts = [
            "graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn",
        ]
        return url.flatMap { hosts.contains($0.host) ? "https://\($0.host)" : nil } ?? cloud.graph
    }
}

/// Reads the settings of an app registration: `tenant`, `client_id`, its secret or certificate, and `token_url`.
struct MicrosoftReading {
    let service: OAuthService
    /// Nil when it cannot be built; the faults are noted.
    let client: OAuthClient?
    /// True when the app asks for itself.
    let isApplication: Bool
    /// False when a fault was noted.
    let isComplete: Bool

    private static let registration = "from the app registration in the Microsoft Entra admin center"

    init(_ settings: SettingsReader, cloud: MicrosoftCloud) {
        let isApplication = settings.isClientCredentials
        let needsClient = !settings.isTokenCommand
        let tokenURL = settings.serviceURL("token_url", default: nil)
        let hasTokenURL = settings.node("token_url") != nil
        let tenant = Self.tenant(settings, isApplication: isApplication, isNeeded: needsClient && !hasTokenURL)
        let id = Self.clientID(settings, isNeeded: needsClient)
        let secret = Self.secret(settings)
        let certificate = Self.certificate(settings)
        let hasCredential = ["client_secret", "client_certificate", "client_key"].contains { settings.node($0) != nil }
        if isApplication, !hasCredential {
            settings.note(
                "`client_secret` is missing",
                key: "tokens",
                remedy: "an app that asks for itself needs `client_secret:`, or `client_certificate:` and `client_key:`"
            )
        }
        service = .microsoft(tenant: tenant ?? "organizations", cloud: cloud)
        self.isApplication = isApplication
        let endpoint = tokenURL ?? (hasTokenURL ? nil : HTTPURL(service.tokenEndpoint))
        client = id.flatMap { id in
            endpoint.map {
                OAuthClient(
                    id: id,
                    secret: certificate == nil ? secret : nil,
                    certificate: certificate,
                    tokenEndpoint: $0,
                    authorizationEndpoint: Self.page(beside: $0)
                )
            }
        }
        isComplete = client != nil && (tenant != nil || hasTokenURL) || !needsClient
    }

    /// The page for consent, which Microsoft has beside the token endpoint.
    private static func page(beside endpoint: HTTPURL) -> HTTPURL? {
        let name = "token"
        guard endpoint.target.hasSuffix("/\(name)") else { return nil }
        return HTTPURL(endpoint.origin + endpoint.target.dropLast(name.count) + "authorize")
    }

    private static func tenant(_ settings: SettingsReader, isApplication: Bool, isNeeded: Bool) -> String? {
        guard let text = settings.string("tenant") else {
            if isNeeded, settings.node("tenant") == nil {
                settings.note(
                    "`tenant` is missing",
                    remedy: "add `tenant:` with the Directory (tenant) ID \(registration)"
                )
            }
            return nil
        }
        guard OAuthService.isMicrosoftTenant(text) else {
            settings.note(
                "`\(text)` is no tenant",
                key: "tenant",
                remedy: "write the Directory (tenant) ID \(registration), or a domain of the tenant"
            )
            return nil
        }
        if isApplication, OAuthService.sharedMicrosoftTenants.contains(text.lowercased()) {
            settings.note(
                "an app that asks for itself needs a tenant of its own, and `\(text)` is none",
                key: "tenant",
                remedy: "write the Directory (tenant) ID \(registration)"
            )
        }
        return text
    }

    private static func clientID(_ settings: SettingsReader, isNeeded: Bool) -> String? {
        guard let id = settings.string("client_id") else {
            if isNeeded, settings.node("client_id") == nil {
                settings.note(
                    "`client_id` is missing",
                    remedy: "add `client_id:` with the Application (client) ID \(registration)"
                )
            }
            return nil
        }
        guard isWord(id) else {
            settings.note(
                "a client id is one word",
                key: "client_id",
                remedy: "copy the Application (client) ID \(registration)"
            )
            return nil
        }
        return id
    }

    private static func secret(_ settings: SettingsReader) -> Secret? {
        guard let secret = settings.secret("client_secret") else { return nil }
        guard isWord(secret.exposed) else {
            settings.note(
                "a client secret is one word",
                key: "client_secret",
                remedy: "copy the Value of the secret \(registration)"
            )
            return nil
        }
        return secret
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

extension MicrosoftReading {
    private static func certificate(_ settings: SettingsReader) -> ClientCertificate? {
        // One file may hold the certificate and its key, which is never shown.
        let certificate = settings.secret("client_certificate")?.exposed
        let key = settings.secret("client_key")
        let (hasCertificate, hasKey) = (
            settings.node("client_certificate") != nil, settings.node("client_key") != nil
        )
        guard hasCertificate || hasKey else { return nil }
        if settings.node("client_secret") != nil {
            settings.note(
                "there are a secret and a certificate",
                key: "client_secret",
                remedy: "remove one of `client_secret:` and `client_certificate:` with `client_key:`"
            )
        }
        if hasCertificate != hasKey {
            let (present, missing) =
                hasKey ? ("client_key", "client_certificate") : ("client_certificate", "client_key")
            settings.note("`\(missing)` is missing", key: present, remedy: "add `\(missing): !file PATH`")
        }
        guard let certificate, let key else { return nil }
        do throws(ClientCertificate.Fault) {
            return try ClientCertificate(certificate: certificate, key: key)
        } catch {
            note(error, settings)
            return nil
        }
    }

    private static func note(_ fault: ClientCertificate.Fault, _ settings: SettingsReader) {
        switch fault {
        case .noCertificate:
            settings.note(
                "there is no certificate in PEM form",
                key: "client_certificate",
                remedy: "write `client_certificate: !file PATH` with a file that has `-----BEGIN CERTIFICATE-----`"
            )
        case .noKey:
            settings.note(
                "there is no RSA key in PEM form of at least 2048 bits and without a password",
                key: "client_key",
                remedy: "write `client_key: !file PATH` with a file that has `-----BEGIN PRIVATE KEY-----`"
            )
        case .otherKey:
            settings.note(
                "the key does not belong to the certificate",
                key: "client_key",
                remedy: "give the key with which the certificate was made"
            )
        }
    }
}
