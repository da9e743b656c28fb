// SPDX-License-Identifier: Apache-2.0

/// What may stand below a name whose value the brand, the wording or the locale fixes.
enum FixedShape: Sendable, Hashable {
    /// The names that are always there.
    case root
    case brand
    case logo
    /// A map of names that the author chooses.
    case free
    /// The same for addresses.
    case links
    case list
    case text
    case address

    private static let always = ["brand", "strings", "locale", "direction", "template", "category"]

    /// The names of its fields; none for a map of free names.
    var fields: [String] {
        switch self {
        case .root: Self.always
        case .brand: Brand.fields + ["address_lines"]
        case .logo: Brand.logoFields
        case .free, .links, .list, .text, .address: []
        }
    }

    /// Whether the author chooses the names below it.
    var isMap: Bool { self == .free || self == .links }
    /// Whether it is shown as an address.
    var isAddress: Bool { self == .address || self == .logo }

    func hasField(_ name: String) -> Bool { fields.contains(name) }

    /// The shape of the field `name`; nil when there is none.
    func below(_ name: String) -> FixedShape? {
        if isMap { return self == .links ? .address : .free }
        guard hasField(name) else { return nil }
        switch (self, name) {
        case (.root, "brand"): return .brand
        case (.brand, "logo"): return .logo
        case (.root, "strings"), (.brand, "strings"), (.brand, "colours"): return .free
        case (.brand, "links"): return .links
        case (.logo, "url"), (.logo, "dark_url"): return .address
        case (.brand, "address_lines"), (.brand, "link_hosts"): return .list
        default: return .text
        }
    }

    /// As a person calls what has this shape.
    var words: String {
        switch self {
        case .brand: "a brand"
        case .logo: "a logo"
        case .root, .free, .links, .list, .text, .address: "a text"
        }
    }
}
