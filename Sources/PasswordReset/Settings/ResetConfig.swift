// SPDX-License-Identifier: Apache-2.0
package import Gateway

/// What `password_reset:` says, checked; a value that can be compared with the one before it.
package struct ResetConfig: Sendable, Hashable {
    package var settings: ResetSettings
    package var directory: DirectorySettings
    /// True when the mail leads to the page of the gateway's own.
    package var isHosted: Bool
    /// All that is written there, without places; holds secrets.
    package var node: SettingsNode
}

extension ResetConfig {
    /// True when the directory changes no real password.
    package var isDemo: Bool { if case .demo = directory { true } else { false } }
}

extension ResetConfig: CustomStringConvertible, CustomReflectable {
    package var description: String { directory.words }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension ResetConfig {
    /// The hosted page for a new password, below `public_url`.
    package static let resetPath = "/reset-password"
    /// The hosted page that asks for a link.
    package static let requestPath = "/forgot-password"
    /// What a link holds in the place of the token.
    static let mark = "{token}"

    /// What reading needs to know besides the file.
    package struct Surroundings {
        /// The brands that exist; empty when that is not known.
        package var brands: [String]
        package var defaultBrand: String
        package var publicURL: String
        /// The hosts that links of `brand` may lead to, if `host` is none of them; nil when it is.
        package var refusedBy: (_ host: String, _ brand: String) -> [String]?

        package init(
            brands: [String],
            defaultBrand: String,
            publicURL: String,
            refusedBy: @escaping (_ host: String, _ brand: String) -> [String]?
        ) {
            self.brands = brands
            self.defaultBrand = defaultBrand
            self.publicURL = publicURL
            self.refusedBy = refusedBy
        }
    }

    /// Reads the section from the settings file; nil when it is missing, switched off, or has a fault, which is noted.
    package static func read(_ file: SettingsReader, _ surroundings: Surroundings) -> ResetConfig? {
        guard let node = file.node("password_reset"), let reader = file.map("password_reset") else { return nil }
        guard reader.boolean("enabled") ?? true else {
            reader.passOver()
            return nil
        }
        let brand = reader.string("brand") ?? surroundings.defaultBrand
        reader.checkBrand("brand", brand, surroundings.brands)
        let link = reader.link(brand, surroundings)
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
            node: node.unplaced
        )
    }
}

extension ResetConfig {
    /// What keeps the feature's mail from being sent, each with a way out.
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
            let missing = template.requiredNames(besides: given)
            if !missing.isEmpty {
                faults.append("the template `\(name)` requires \(missing.joined(separator: ", ")), which nobody gives")
            }
        }
        return faults
    }
}
