// SPDX-License-Identifier: Apache-2.0

/// The syntax of an attribute's value.
enum AttributeKind: Sendable, Hashable {
    case plain
    case address(URLUse)
    case css
    /// Code, or a syntax that may not contain values.
    case forbidden

    private static let links: Set<String> = ["href", "action", "formaction"]
    private static let resources: Set<String> = [
        "src", "background", "cite", "poster", "longdesc", "data", "icon", "manifest", "profile", "codebase", "classid",
        "archive", "dynsrc", "lowsrc", "usemap",
    ]
    private static let closed: Set<String> = [
        "srcset", "imagesrcset", "srcdoc", "http-equiv", "charset", "accept-charset", "ping",
    ]
    /// Elements that load, run or redirect: none of their attributes may contain values.
    private static let closedTags: Set<String> = [
        "animate", "animatemotion", "animatetransform", "set", "base", "link", "object", "embed", "applet", "iframe",
        "frame", "param", "script",
    ]

    /// `tag` and `name` in lower case.
    init(tag: [UInt8], name: [UInt8]) {
        let name = String(decoding: name, as: UTF8.self)
        // Outlook treats `o:href` and the like as `href`.
        let local =
            name.utf8.lastIndex(of: UInt8(ascii: ":")).map { String(name[name.utf8.index(after: $0)...]) } ?? name
        if local == "style" {
            self = .css
        } else if name.hasPrefix("on") || local.hasPrefix("on") || Self.closed.contains(local)
            || Self.closedTags.contains(String(decoding: tag, as: UTF8.self))
        {
            self = .forbidden
        } else if Self.links.contains(local) {
            self = .address(.link)
        } else {
            self = Self.resources.contains(local) ? .address(.resource) : .plain
        }
    }
}
