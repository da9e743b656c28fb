// SPDX-License-Identifier: Apache-2.0

/// A template in one locale, for all brands.
final class TemplateEdition: Sendable {
    let name: String
    let locale: String
    let manifest: TemplateManifest
    let parts: TemplateParts
    /// The source texts by path.
    let files: [String: [UInt8]]

    init(
        name: String,
        locale: String,
        manifest: TemplateManifest,
        parts: TemplateParts,
        files: [String: [UInt8]]
    ) {
        (self.name, self.locale, self.manifest, self.parts, self.files) = (name, locale, manifest, parts, files)
    }
}

/// A brand in one locale.
final class BrandEdition: Sendable {
    let brand: Brand
    /// The source texts by path.
    let files: [String: [UInt8]]

    /// Throws all faults of its files.
    init(_ id: String, _ files: TemplateFiles) throws(CompileError) {
        brand = try Brand.read(id, files)
        self.files = files.usedTexts
    }
}
