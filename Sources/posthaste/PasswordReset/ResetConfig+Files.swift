// SPDX-License-Identifier: Apache-2.0
import Gateway
import PasswordReset
import Templates

extension ResetConfig.Surroundings {
    /// What the settings and the files that they name tell.
    init(_ settings: GatewaySettings) {
        self.init(
            brands: BrandFolders.names(in: settings.templates) ?? [],
            defaultBrand: settings.defaultBrand,
            publicURL: settings.publicURL
        ) { host, brand in
            // Asked once at most, and only where password reset is on: reading a folder takes its time.
            let found = TemplateLibrary(folder: settings.templates).snapshot.brand(brand)
            guard let found, !found.mayLink(to: host) else { return nil }
            return found.linkHosts
        }
    }
}
