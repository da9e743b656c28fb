// SPDX-License-Identifier: Apache-2.0

/// The possible fields below a name with a fixed value.
enum FixedShape: Sendable, Hashable {
    /// The global names.
    case root
    case brand
    case logo
    /// A map with names that the author chooses.
    case free
    /// The same for URLs.
    case links
    case list
    case text
    case address

    private static let always = ["brand", "strings", "locale", "direction", "template", "category"]

    /// The names of its fields; empty for a map of free names.
    var fields: [String] {
        switch self {
        case .root: Self.always
        case .brand: Brand.fields + ["address_lines"]
        case .logo: Brand.logoFields
        case .free, .links, .list, .text, .address: []
        }
    }

    /// Whether the author chooses its field names.
    var isMap: Bool { self == .free || self == .links }
    /// Whether it is shown as a URL.
    var isAddress: Bool { self == .address || self == .logo }

    func hasField(_ name: String) -> Bool { fields.contains(name) }

    /// The shape of the field `name`; nil when it does not exist.
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

    /// A description for messages.
    var words: String {
        switch self {
        case .brand: "a brand"
        case .logo: "a logo"
        case .root, .free, .links, .list, .text, .address: "a text"
        }
    }
}
