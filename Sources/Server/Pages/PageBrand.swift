// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
package import Templates

/// The parts of a brand that a page shows; unusable values are left out.
package struct PageBrand: Sendable, Hashable {
    package let name: String
    let logo: Logo?
    let light: PagePalette
    let dark: PagePalette
    /// A value of `font-family`.
    let font: String
    let footer: String?
    let addressLines: [String]
    /// http and https links: `home`, `support`, `privacy`.
    package let links: [String: String]

    /// A logo image in place of the name.
    struct Logo: Sendable, Hashable {
        let address: String
        /// For dark backgrounds.
        let darkAddress: String?
        let text: String
        /// The origins of the images.
        let origins: [String]
        let width: Int?
        let height: Int?

        /// Nil when the address is not http or https with a plain host, such as a `cid:` that works only in mail.
        init?(_ json: JSON?) {
            guard let json, let url = json["url"]?.string.flatMap(PageBrand.address) else { return nil }
            let darkURL = json["dark_url"]?.string.flatMap(PageBrand.address)
            address = url.description
            darkAddress = darkURL?.description
            origins = Set([url.origin] + (darkURL.map { [$0.origin] } ?? [])).sorted()
            text = json["alt"]?.string ?? ""
            width = Self.size(json["width"])
            height = Self.size(json["height"])
        }

        private static func size(_ value: JSON?) -> Int? {
            let size = value?.integer ?? value?.string.flatMap { Int($0) }
            return size.flatMap { (1...2000).contains($0) ? $0 : nil }
        }
    }

    package init(_ brand: Brand) {
        self.init(name: brand.name, fields: brand.json)
    }

    /// `fields` are the members of `brand.yaml`.
    init(name: String, fields: JSON) {
        self.name = name
        logo = Logo(fields["logo"])
        light = PagePalette(fields["colours"]?["light"], isDark: false)
        dark = PagePalette(fields["colours"]?["dark"], isDark: true)
        font = Self.font(fields["font"]?.string)
        footer = fields["footer"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        addressLines = fields["address_lines"]?.array?.compactMap(\.string) ?? []
        var links: [String: String] = [:]
        for name in ["home", "support", "privacy"] {
            links[name] = fields["links"]?[name]?.string.flatMap(Self.address)?.description
        }
        self.links = links
    }

    /// A URL whose origin is valid in a content security policy.
    private static func address(_ text: String) -> HTTPURL? {
        guard let url = HTTPURL(text),
            url.origin.utf8.allSatisfy({ byte in
                let character = Character(Unicode.Scalar(byte))
                return character.isLetter || character.isNumber || ":/.-[]".contains(character)
            })
        else { return nil }
        return url
    }

    private static let systemFont = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

    /// A font stack of names; any other value is replaced by the system font.
    private static func font(_ text: String?) -> String {
        guard let text, !text.isEmpty, text.utf8.count <= 500 else { return systemFont }
        let isPlain = text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { part in
            var name = part.drop { $0 == " " }
            while name.last == " " { name.removeLast() }
            for quote in ["'", "\""] where name.count > 2 && name.hasPrefix(quote) && name.hasSuffix(quote) {
                name = name.dropFirst().dropLast()
            }
            return !name.isEmpty
                && name.unicodeScalars.allSatisfy {
                    $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
                        || " -_".unicodeScalars.contains($0)
                }
        }
        return isPlain ? text : systemFont
    }
}
