// SPDX-License-Identifier: Apache-2.0
import JSON

/// The locales of the brands, which define the fallbacks of other locales.
struct BrandLocales: Sendable {
    private let own: [String: String]
    /// The locale of the default brand.
    let plain: String

    init(_ brands: some Sequence<String>, _ parsed: ParsedFiles) {
        own = brands.reduce(into: [:]) { own, brand in own[brand] = Self.locale(brand, parsed) }
        plain = Self.locale("default", parsed) ?? "en"
    }

    /// The chain for a requested locale, or for the brand's own.
    func chain(_ requested: String?, brand: String) -> LocaleChain {
        LocaleChain(requested, brand: own[brand] ?? plain, plain: plain)
    }

    /// The locale in the brand's own file, if it can be read.
    private static func locale(_ brand: String, _ parsed: ParsedFiles) -> String? {
        // A file with a fault is reported when the brand is read.
        let value = try? parsed.value("brands/\(brand)/brand.yaml")
        return value?["locale"]?.json.string
    }
}
