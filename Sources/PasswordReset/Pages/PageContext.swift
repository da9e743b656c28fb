// SPDX-License-Identifier: Apache-2.0

/// What all pages for one visitor have in common.
package struct PageContext: Sendable, Hashable {
    package var brand: PageBrand
    package var language: PageLanguage
    /// Where the page that asks for a link is, and where its form goes; a path.
    package var requestPath: String
    /// Where the page that takes the new password is, and where its form goes; a path.
    package var confirmPath: String

    package init(
        brand: PageBrand,
        language: PageLanguage,
        requestPath: String = "/forgot-password",
        confirmPath: String = "/reset-password"
    ) {
        self.brand = brand
        self.language = language
        self.requestPath = requestPath
        self.confirmPath = confirmPath
    }
}
