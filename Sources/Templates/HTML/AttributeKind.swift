// SPDX-License-Identifier: Apache-2.0

/// What the value of an attribute is read as.
enum AttributeKind: Sendable, Hashable {
    case plain
    case address(URLUse)
    case css
    /// Code, or a syntax that no value may stand in.
    case forbidden

    private static let links: Set<String> = ["href", "action", "formaction", "xlink:href", "ping"]
    private static let resources: Set<String> = [
        "src", "background", "cite", "poster", "longdesc", "data", "icon", "manifest", "profile", "codebase", "classid",
        "archive", "dynsrc", "lowsrc", "usemap",
    ]
    private static let closed: Set<String> = ["srcset", "imagesrcset", "srcdoc", "http-equiv"]
    private static let animations: Set<String> = ["animate", "animatemotion", "animatetransform", "set"]

    /// `tag` and `name` in small letters.
    init(tag: [UInt8], name: [UInt8]) {
        let name = String(decoding: name, as: UTF8.self)
        if name == "style" {
            self = .css
        } else if name.hasPrefix("on") || Self.closed.contains(name)
            || Self.animations.contains(String(decoding: tag, as: UTF8.self))
        {
            self = .forbidden
        } else if Self.links.contains(name) {
            self = .address(.link)
        } else {
            self = Self.resources.contains(name) ? .address(.resource) : .plain
        }
    }
}
