// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
import Monitoring
package import Server
package import Settings
package import Submission

/// The checked section `password_reset:`, comparable with an earlier version.
package struct ResetConfig: Sendable, Hashable {
    package var settings: ResetSettings
    package var directory: DirectorySettings
    /// True when the mail links to the gateway's own page.
    package var isHosted: Bool
    /// The external URL of the gateway.
    package var publicURL: String
    package var section: SettingsNode
}

extension ResetConfig {
    /// True when the directory has only demo users.
    package var isDemo: Bool { if case .demo = directory { true } else { false } }
}

extension ResetConfig: CustomStringConvertible, CustomReflectable {
    package var description: String { directory.words }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension ResetConfig {
    /// The hosted page for a new password, relative to `public_url`.
    package static let resetPath = "/reset-password"
    /// The hosted page that requests a link.
    package static let requestPath = "/forgot-password"
    package static let settingsKey = "password_reset"
    /// The placeholder of the token in a link.
    static let mark = "{token}"

    static func hostedLink(_ publicURL: String) -> String { "\(publicURL)\(resetPath)?token=\(mark)" }

    /// The settings with links to the page under `publicURL`, where the mail links to the gateway's own page.
    ///
    /// The external URL of a running gateway does not change with its settings.
    func hosted(under publicURL: String) -> ResetConfig {
        guard isHosted else { return self }
        var config = self
        config.publicURL = publicURL
        config.settings.link = Self.hostedLink(publicURL)
        return config
    }

    /// Reads the section from the settings file; nil when it is missing, switched off, or has a fault, which is noted.
    package static func read(_ file: SettingsReader, _ context: FeatureSettingsContext) -> ResetConfig? {
        guard let node = file.node(settingsKey), let reader = file.map(settingsKey) else { return nil }
        guard reader.boolean("enabled") ?? true else {
            reader.passOver()
            return nil
        }
        let brand = reader.string("brand") ?? context.defaultBrand
        reader.check(brand, isOneOf: context.brands, as: "brand", key: "brand")
        let link = reader.link(brand, context)
        let directory = reader.directory()
        let settings = ResetSettings(
            brand: brand,
            link: link ?? "",
            ttl: reader.timeToLive(),
            allowedOrigins: reader.origins(),
            limits: reader.resetLimits(),
            rules: reader.passwordRules()
        )
        guard let directory, link != nil else { return nil }
        return ResetConfig(
            settings: settings,
            directory: directory,
            isHosted: reader.node("link") == nil,
            publicURL: context.publicURL,
            section: node.unplaced
        )
    }
}

extension ResetConfig: FeatureSettings {
    package var summary: FeatureSummary {
        var summary = FeatureSummary()
        // False when the links can be read on their way.
        let isPrivate = HTTPURL(publicURL).map { $0.isSecure || $0.isLoopback } ?? false
        if isHosted, !isPrivate {
            summary.warnings = [
                "`public_url` is http: the links of password reset travel unencrypted; write https, or set `link`"
            ]
        }
        if isDemo {
            summary.trialWarnings = [
                "`password_reset.directory` is of `kind: demo`, which is for trying out alone: no password is really changed"
            ]
        }
        if isHosted { summary.pages = [FeatureSummary.Page(name: "password reset", path: Self.requestPath)] }
        return summary
    }

    /// Whether the directory accepts the sign-in, and whether the mail can be rendered.
    package func check(_ environment: FeatureEnvironment, templates: any MailTemplates) async -> [DoctorFinding] {
        [await directoryFinding(environment)] + faults(in: templates).map { Self.finding(.fault, $0) }
    }

    private func directoryFinding(_ environment: FeatureEnvironment) async -> DoctorFinding {
        do throws(DirectoryError) {
            try await directory.directory(environment).check()
            return Self.finding(.ok, directory.words)
        } catch {
            return Self.finding(.fault, "\(directory.words): \(error)")
        }
    }

    private static func finding(_ verdict: DoctorFinding.Verdict, _ detail: String) -> DoctorFinding {
        DoctorFinding(subject: "password reset", verdict: verdict, detail: detail)
    }
}

extension ResetConfig {
    /// The faults that prevent the feature's mail from being sent, each with a remedy.
    package func faults(in templates: any MailTemplates) -> [String] {
        var faults: [String] = []
        if templates.brand(settings.brand)?.from == nil {
            faults.append("the brand \(settings.brand) has no `from`; add it to its brand.yaml")
        }
        let mails: [(name: String, given: Set<String>)] = [
            (ResetService.template, ResetBinder.lateNames.union(["valid_minutes"])),
            (ResetService.notice, ["account", "changed_at", "origin"]),
        ]
        for (name, given) in mails {
            guard let template = templates.template(name, brand: settings.brand, locale: nil) else {
                faults.append("there is no template `\(name)`; copy that of the repository into the templates folder")
                continue
            }
            let missing = template.requiredNames(without: given)
            if !missing.isEmpty {
                faults.append(
                    "the template `\(name)` requires \(missing.joined(separator: ", ")), which the gateway does not give"
                )
            }
        }
        return faults
    }
}

/// Reads the members of `password_reset:`.
extension SettingsReader {
    /// The link in the mail; nil when a fault was noted.
    func link(_ brand: String, _ context: FeatureSettingsContext) -> String? {
        let hosted = ResetConfig.hostedLink(context.publicURL)
        let written = string("link")
        let link = written ?? hosted
        guard link.contains(ResetConfig.mark) else {
            note("there is no \(ResetConfig.mark) in it", key: "link", remedy: Self.linkRemedy)
            return nil
        }
        // A fragment is allowed: it stays in the browser and is not part of the request target.
        let address = link.replacing(ResetConfig.mark, with: "x").prefix { $0 != "#" }
        guard let url = HTTPURL(String(address)), !Self.authority(of: link).contains("{") else {
            note("expected an https address", key: "link", remedy: Self.linkRemedy)
            return nil
        }
        guard url.isSecure || url.isLoopback || written == nil else {
            note(
                "the link would travel unencrypted",
                key: "link",
                remedy: "write https; http is for loopback hosts alone"
            )
            return nil
        }
        if let hosts = context.refusedBy(url.host, brand) {
            note(
                "the brand `\(brand)` does not allow links to \(url.host): its link_hosts are \(hosts.joined(separator: ", "))",
                key: written == nil ? nil : "link",
                remedy: "add \(url.host) to link_hosts in brands/\(brand)/brand.yaml"
            )
        }
        return link
    }

    private static let linkRemedy = "write it like https://app.example.org/reset-password?token={token}"

    private static func authority(of link: String) -> Substring {
        link.firstRange(of: "://").map { link[$0.upperBound...].prefix { !"/?#".contains($0) } } ?? ""
    }

    func timeToLive() -> Duration {
        guard let span = duration("ttl") else { return ResetSettings.usualTimeToLive }
        if span < .seconds(1) || span > .seconds(86_400) {
            note("expected a span from 1s to 24h", key: "ttl", remedy: "an hour is usual")
        }
        return span
    }

    func origins() -> [String] {
        let origins = strings("allowed_origins") ?? []
        return origins.compactMap { origin in
            // A browser sends only scheme, host and port, with the host in its canonical form.
            if let url = HTTPURL(origin), url.target == "/", !origin.hasSuffix("/") { return url.origin }
            let remedy = "write scheme and host alone, like https://app.example.org"
            note("`\(origin)` is no origin", key: "allowed_origins", remedy: remedy)
            return nil
        }
    }

    func resetLimits() -> ResetSettings.Limits {
        var limits = ResetSettings.Limits()
        guard let reader = map("limits") else { return limits }
        limits.perAddress = reader.limit("per_address") ?? limits.perAddress
        limits.perClient = reader.limit("per_client") ?? limits.perClient
        limits.global = reader.limit("global") ?? limits.global
        return limits
    }

    private func limit(_ key: String) -> Limit? {
        guard let text = string(key) else { return nil }
        if let limit = Limit(setting: text) { return limit }
        note("expected a limit, found `\(text)`", key: key, remedy: "write it like 3/1h, three in an hour")
        return nil
    }

    func passwordRules() -> PasswordRules {
        var rules = PasswordRules()
        guard let reader = map("password") else { return rules }
        rules.minimumLength = reader.integer("min_length", in: 1...64) ?? rules.minimumLength
        return rules
    }

    /// The directory settings; nil when a fault was noted.
    func directory() -> DirectorySettings? {
        guard let reader = map("directory") else {
            note(
                "`directory` is missing",
                remedy: "say where the users are, such as `directory: { kind: keycloak, … }`"
            )
            return nil
        }
        guard let kind = reader.string("kind", required: true) else {
            reader.passOver()
            return nil
        }
        switch kind {
        case "keycloak": return reader.keycloak()
        case "http": return reader.webhook()
        case "demo": return reader.demo()
        default:
            reader.passOver()
            let nearest = NearestName.of(kind, among: ["keycloak", "http", "demo"]).map { "did you mean `\($0)`?" }
            let remedy = nearest ?? "the kinds are keycloak, http, and demo for trying out"
            reader.note("there is no kind of directory called `\(kind)`", key: "kind", remedy: remedy)
            return nil
        }
    }

    private func keycloak() -> DirectorySettings? {
        let (url, realm) = (directoryURL(), string("realm", required: true))
        let (id, secret) = (string("client_id", required: true), secret("client_secret", required: true))
        guard let url, let realm, let id, let secret else { return nil }
        return .keycloak(KeycloakDirectory.Settings(url: url, realm: realm, clientID: id, clientSecret: secret))
    }

    private func webhook() -> DirectorySettings? {
        let (url, secret) = (directoryURL(), secret("secret", required: true))
        let signing = secret.flatMap { WebhookSecret($0) }
        if secret != nil, signing == nil {
            let remedy = "make one with `echo whsec_$(openssl rand -base64 32)`"
            note("expected `whsec_` and 24 to 64 bytes in base64", key: "secret", remedy: remedy)
        }
        guard let url, let signing else { return nil }
        return .http(url, signing)
    }

    private func demo() -> DirectorySettings? {
        guard let texts = strings("users"), !texts.isEmpty else {
            note("`users` is missing", remedy: "write like `users: [Ana <ana@example.org>]`")
            return nil
        }
        var users: [Mailbox] = []
        for text in texts {
            do throws(FieldError) { users.append(try Mailbox(parsing: text)) } catch {
                note("`\(text)` is no address: \(error)", key: "users", remedy: "write like Ana <ana@example.org>")
            }
        }
        return users.count == texts.count ? .demo(users) : nil
    }

    private func directoryURL() -> HTTPURL? {
        guard let text = string("url", required: true) else { return nil }
        if let url = HTTPURL(text), url.isSecure || url.isLoopback { return url }
        note(
            "expected an https address",
            key: "url",
            remedy: "http is for loopback hosts alone, for passwords go there"
        )
        return nil
    }
}
