// SPDX-License-Identifier: Apache-2.0
import JSON

/// The values known before rendering: brand, wording and locale.
struct FixedValues: Sendable {
    let brand: Brand
    let locale: String
    let manifest: TemplateManifest
    let template: String

    init(_ edition: TemplateEdition, _ brand: Brand) {
        (self.brand, locale, manifest, template) = (brand, edition.locale, edition.manifest, edition.name)
    }

    /// The value of a global name; nil when it is not set.
    func value(at path: [String]) -> JSON? {
        switch path[0] {
        case "brand": brand.json.descend(path.dropFirst())
        case "strings": path.count == 1 ? .object(brand.strings.merged(with: manifest.strings)) : wording(path)
        case "locale": .string(locale)
        case "direction": .string(LocaleFormats.isRightToLeft(locale.lowercased()) ? "rtl" : "ltr")
        case "template": .string(template)
        default: manifest.category.map(JSON.string) ?? .null
        }
    }

    /// A string of the template, else of the brand; `other` replaces a missing plural form.
    private func wording(_ path: [String]) -> JSON? {
        guard let found = manifest.strings[path[1]] ?? brand.strings[path[1]] else { return nil }
        if path.count > 2 { return found[path[2]] ?? found["other"] }
        guard found.object == nil else { return nil }
        return found
    }
}
