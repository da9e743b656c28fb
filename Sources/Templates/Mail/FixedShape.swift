// SPDX-License-Identifier: Apache-2.0

/// What may stand below a name whose value the brand, the wording or the locale fixes.
enum FixedShape: Sendable, Hashable {
    /// The names that are always there.
    case root
    case brand
    case logo
    /// A map of names that the author chooses.
    case free
    case list
    case text

    private static let always = ["brand", "strings", "locale", "direction", "template", "category"]

    /// The names of its fields; none for a map of free names.
    var fields: [String] {
        switch self {
        case .root: Self.always
        case .brand: Brand.fields + ["address_lines"]
        case .logo: Brand.logoFields
        case .free, .list, .text: []
        }
    }

    func hasField(_ name: String) -> Bool { fields.contains(name) }

    /// The shape of the field `name`; nil when there is none.
    func below(_ name: String) -> FixedShape? {
        guard self != .free else { return .free }
        guard hasField(name) else { return nil }
        switch (self, name) {
        case (.root, "brand"): return .brand
        case (.brand, "logo"): return .logo
        case (.root, "strings"), (.brand, "strings"), (.brand, "links"), (.brand, "colours"): return .free
        case (.brand, "address_lines"), (.brand, "link_hosts"): return .list
        default: return .text
        }
    }

    /// As a person calls what has this shape.
    var words: String {
        switch self {
        case .brand: "a brand"
        case .logo: "a logo"
        case .root, .free, .list, .text: "a text"
        }
    }
}
