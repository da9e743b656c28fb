// SPDX-License-Identifier: Apache-2.0
import Delivery
import OAuth
import Settings

extension ProviderKind {
    /// `kind: smtp`.
    public static let smtp = ProviderKind(
        "smtp",
        summary: "any SMTP server that takes mail for delivery",
        sample: ["url: smtps://smtp.example.org:465", "username: posthaste", "password: !file secrets/smtp.key"],
        signing: .byDefault
    ) { settings, context in
        let reading = SMTPReading(settings)
        let endpoint = reading.endpoint(greeting: context.hostName, connections: context.concurrency)
        let signIn = reading.signIn(context, host: endpoint?.host)
        guard let endpoint, let signIn else { return nil }
        return SMTPSettings(endpoint: endpoint, signIn: signIn)
    }
}

/// The settings of an `smtp` provider.
struct SMTPSettings: ProviderSettings {
    enum SignIn: Sendable {
        case fixed(SMTPCredentials)
        case tokens(user: String, TokenRequest)
    }

    let endpoint: SMTPEndpoint
    let signIn: SignIn

    var tokens: TokenRequest? {
        if case .tokens(_, let request) = signIn { request } else { nil }
    }

    func provider(_ services: ProviderServices) -> any Provider {
        let credentials: SMTPSignIn =
            switch signIn {
            case .fixed(let credentials): .fixed(credentials)
            case .tokens(let user, let request): .tokens(user: user, services.tokens(request))
            }
        return SMTPProvider(services.smtp(endpoint), signIn: credentials)
    }
}

/// Reads the settings of one SMTP provider; every fault is noted, and reading continues.
struct SMTPReading {
    let credentials: SMTPCredentials
    let preset: SMTPPreset?
    let user: String?
    /// True when tokens replace a password.
    let usesTokens: Bool
    private let settings: SettingsReader
    private let address: SMTPAddress?
    private let startTLS: String?
    private let connect: Duration?
    private let reply: Duration?
    private let final: Duration?
    private let caFile: String?
    private let pinnedKey: String?

    init(_ settings: SettingsReader) {
        self.settings = settings
        preset = settings.choice("preset", of: SMTPPreset.allCases.map(\.rawValue)).flatMap { SMTPPreset(rawValue: $0) }
        address = Self.address(settings, preset)
        startTLS = settings.choice("starttls", of: ["required", "when-offered", "never"])
        let timeout = settings.map("timeout")
        connect = Self.span("connect", timeout)
        reply = Self.span("reply", timeout)
        final = Self.span("final", timeout)
        caFile = settings.filePath("ca_file")
        pinnedKey = settings.string("pinned_key")
        user = settings.string("username")
        let auth = settings.choice("auth", of: ["plain", "login", "xoauth2"])
        usesTokens = auth == "xoauth2"
        credentials = usesTokens ? .none : Self.credentials(settings, user, auth)
        checkSecurity()
    }

    /// The connection settings; nil when the address is missing or invalid.
    func endpoint(greeting hostName: String, connections: Int) -> SMTPEndpoint? {
        guard let server = address else { return nil }
        var endpoint = SMTPEndpoint(
            host: server.host,
            port: server.port,
            security: security(server),
            hostName: hostName,
            caFile: caFile,
            pinnedKey: pinnedKey,
            connections: connections
        )
        if let connect { endpoint.connectTimeout = connect }
        if let reply { endpoint.replyTimeout = reply }
        if let final { endpoint.finalTimeout = final }
        return endpoint
    }

    private func security(_ server: SMTPAddress) -> SMTPEndpoint.Security {
        if server.isImplicitTLS { return .implicit }
        switch startTLS {
        case "never": return .none
        case "when-offered": return .startTLSWhenOffered
        default: return .startTLSRequired
        }
    }

    private func checkSecurity() {
        guard let server = address else { return }
        if server.isImplicitTLS, startTLS != nil {
            settings.note("`smtps://` is TLS from the first byte", key: "starttls", remedy: "remove `starttls:`")
        }
        let isSafe = server.isImplicitTLS || server.isLoopback || (startTLS ?? "required") == "required"
        if !isSafe, usesTokens || credentials != .none {
            settings.note(
                "the \(usesTokens ? "token" : "password") could be read on the way to \(server.host)",
                key: "starttls",
                remedy: "use `starttls: required` or an `smtps://` address"
            )
        }
        if let pinnedKey, !pinnedKey.hasPrefix("sha256//") {
            settings.note("expected `sha256//` and the key's hash in base64", key: "pinned_key")
        }
    }

    private static func address(_ settings: SettingsReader, _ preset: SMTPPreset?) -> SMTPAddress? {
        guard let text = settings.string("url") ?? preset?.url else {
            settings.note("`url` is missing", key: "url", remedy: "add `url: smtps://smtp.example.org:465`")
            return nil
        }
        switch SMTPAddress.parse(text) {
        case .success(let address): return address
        case .failure(let fault):
            settings.note(fault.problem, key: "url", remedy: fault.remedy)
            return nil
        }
    }

    private static func span(_ key: String, _ timeout: SettingsReader?) -> Duration? {
        guard let span = timeout?.duration(key) else { return nil }
        if span <= .zero { timeout?.note("a time limit is longer than nothing", key: key) }
        return span
    }

    private static func credentials(
        _ settings: SettingsReader,
        _ user: String?,
        _ auth: String?
    ) -> SMTPCredentials {
        let password = settings.secret("password")
        if settings.node("tokens") != nil {
            settings.note("tokens are used by `auth: xoauth2` alone", key: "tokens", remedy: "add `auth: xoauth2`")
        }
        switch (user, password) {
        case (nil, nil):
            if auth != nil { settings.note("there is nothing to sign in with", key: "auth", remedy: "add `username:`") }
            return .none
        case (let user?, let password?):
            return .password(user: user, password: password, mechanisms: mechanisms(auth))
        case (nil, _): settings.note("`username` is missing", key: "password", remedy: "add `username:`")
        case (_, nil): settings.note("`password` is missing", key: "username", remedy: "add `password:`")
        }
        return .none
    }

    private static func mechanisms(_ auth: String?) -> [SMTPCredentials.Mechanism] {
        switch auth {
        case "plain": [.plain]
        case "login": [.login]
        default: [.plain, .login]
        }
    }
}

/// SMTP servers that accept OAuth tokens.
enum SMTPPreset: String, CaseIterable {
    case gmail
    case microsoft

    /// The preset of a server; nil for an unknown server.
    init?(host: String) {
        switch host {
        case "smtp.gmail.com", "smtp.googlemail.com": self = .gmail
        case "smtp.office365.com", "outlook.office365.com", "smtp-mail.outlook.com": self = .microsoft
        default: return nil
        }
    }

    /// The server address when `url` is not set.
    var url: String {
        switch self {
        case .gmail: "smtps://smtp.gmail.com:465"
        case .microsoft: "smtp://smtp.office365.com:587"
        }
    }

    /// The service that completes client files; Microsoft's endpoints contain the tenant, so without it the client file has to
    /// name them.
    func service(tenant: String?) -> OAuthService? {
        switch self {
        case .gmail: .google
        case .microsoft: tenant.map { .microsoft(tenant: $0, cloud: .global) }
        }
    }

    /// The OAuth scopes.
    ///
    /// Microsoft issues a refresh token only with `offline_access`.
    var scopes: [String] {
        switch self {
        case .gmail: ["https://mail.google.com/"]
        case .microsoft: ["https://outlook.office.com/SMTP.Send", "offline_access"]
        }
    }
}

extension SMTPReading {
    /// The credentials of the provider; nil when the tokens have a fault, which is noted.
    func signIn(_ context: ProviderContext, host: String?) -> SMTPSettings.SignIn? {
        let preset = preset ?? host.flatMap { SMTPPreset(host: $0) }
        let tenant = tenant(preset)
        guard usesTokens else { return .fixed(credentials) }
        // The proxy is for the tokens: the SMTP connection itself uses none.
        let request = settings.tokenRequest(
            context,
            kind: "smtp",
            scopes: preset?.scopes ?? [],
            service: preset?.service(tenant: tenant),
            proxy: settings.proxy(),
            otherAccount: user
        )
        return request.map { .tokens(user: user ?? $0.account, $0) }
    }

    /// The setting `tenant`, which only Microsoft's tokens use.
    private func tenant(_ preset: SMTPPreset?) -> String? {
        guard let text = settings.string("tenant") else { return nil }
        guard usesTokens, preset == .microsoft else {
            settings.note(
                "a tenant is used by the tokens of Microsoft alone",
                key: "tenant",
                remedy: "add `auth: xoauth2` and `preset: microsoft`, or remove `tenant:`"
            )
            return nil
        }
        guard OAuthService.isMicrosoftTenant(text) else {
            settings.note(
                "`\(text)` is no tenant",
                key: "tenant",
                remedy: "write the Directory (tenant) ID, or a domain of the tenant"
            )
            return nil
        }
        return text
    }
}
