// SPDX-License-Identifier: Apache-2.0
import Delivery
import OAuth
import Settings

extension ProviderKind {
    /// `kind: smtp`.
    public static let smtp = ProviderKind("smtp", summary: "any SMTP server that takes mail for delivery") {
        (settings, context) throws(SettingsFault) in
        let reading = SMTPSettings(settings)
        let endpoint = try reading.endpoint(greeting: context.hostName, connections: context.concurrency)
        let signIn = reading.signIn(settings, context, host: endpoint.host)
        return SMTPProvider(context.clients.smtp(endpoint), signIn: signIn)
    }
}

/// Reads the settings of one SMTP provider; every fault except an invalid address is noted and reading continues.
struct SMTPSettings {
    let credentials: SMTPCredentials
    let preset: SMTPPreset?
    let user: String?
    /// True when tokens replace a password.
    let usesTokens: Bool
    private let settings: SettingsReader
    private let address: Result<SMTPAddress, SettingsFault>
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

    /// The connection settings; throws when the address is missing or invalid.
    func endpoint(greeting hostName: String, connections: Int) throws(SettingsFault) -> SMTPEndpoint {
        let server = try address.get()
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
        guard let server = try? address.get() else { return }  // `endpoint` throws that fault.
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

    private static func address(
        _ settings: SettingsReader,
        _ preset: SMTPPreset?
    ) -> Result<SMTPAddress, SettingsFault> {
        guard let text = settings.string("url") ?? preset?.url else {
            return .failure(fault(settings, "`url` is missing", "add `url: smtps://smtp.example.org:465`"))
        }
        return SMTPAddress.parse(text).mapError { fault(settings, $0.problem, $0.remedy) }
    }

    private static func fault(_ settings: SettingsReader, _ problem: String, _ remedy: String) -> SettingsFault {
        let path = settings.path.isEmpty ? "url" : "\(settings.path).url"
        return SettingsFault(
            at: settings.node("url")?.position ?? settings.position,
            path: path,
            problem: problem,
            remedy: remedy
        )
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

    /// The service that completes client files; Microsoft's endpoints contain the tenant, which only the client file has.
    var service: OAuthService? {
        switch self {
        case .gmail: .google
        case .microsoft: nil
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

extension SMTPSettings {
    /// The credentials of the provider; faults of tokens are noted.
    func signIn(_ settings: SettingsReader, _ context: ProviderContext, host: String) -> SMTPSignIn {
        guard usesTokens else { return .fixed(credentials) }
        // The SMTP connection itself does not use the proxy.
        let context = context.proxied(by: settings)
        let preset = preset ?? SMTPPreset(host: host)
        let request = settings.tokenRequest(
            context,
            kind: "smtp",
            scopes: preset?.scopes ?? [],
            service: preset?.service,
            otherAccount: user
        )
        // A missing request is a noted fault, so this substitute is never used.
        guard let request else { return .fixed(.none) }
        return .tokens(user: user ?? request.account, context.clients.tokens(request))
    }
}
