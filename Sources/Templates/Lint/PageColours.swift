// SPDX-License-Identifier: Apache-2.0

/// The colours of a page's elements in one colour scheme.
struct PageColours {
    /// The knowledge about a colour.
    enum Known: Hashable {
        case colour(StyleColour)
        /// A colour that cannot be computed, such as an image.
        case unknown
        /// Nothing is shown.
        case hidden
    }

    private let page: LintPage
    private let scheme: ColourScheme
    /// The rules that match each element in this scheme.
    private let matching: [[(rule: Int, specificity: Int)]]
    private var grounds: [Int: Known] = [:]
    private var fronts: [Int: Known] = [:]
    /// The colours of a mail client where a mail sets none.
    private let canvas: Known

    /// `matching` is the result of ``LintPage/matchingRules()``.
    init(_ page: LintPage, _ scheme: ColourScheme, _ matching: [[(rule: Int, specificity: Int)]]) {
        (self.page, self.scheme) = (page, scheme)
        let holds = page.rules.map { $0.media.map(scheme.isMeant) ?? true }
        self.matching = matching.map { $0.filter { holds[$0.rule] } }
        canvas = scheme == .light ? .colour(StyleColour(rgb: 0xFFFFFF)) : .unknown
    }

    /// The text and background colours of an element; nil when one is unknown or nothing is shown.
    mutating func pair(at index: Int) -> (text: StyleColour, ground: StyleColour)? {
        guard case .colour(let front) = front(index), case .colour(let ground) = ground(index) else { return nil }
        return (front, ground)
    }

    private func value(_ name: String, _ index: Int) -> String? {
        page.winner(name, on: index, matching[index])?.lowercased
    }

    private mutating func ground(_ index: Int) -> Known {
        if let known = grounds[index] { return known }
        let outer = page.markup.elements[index].parent.map { ground($0) } ?? canvas
        let known = ownGround(index, outer)
        grounds[index] = known
        return known
    }

    private func ownGround(_ index: Int, _ outer: Known) -> Known {
        if outer == .hidden || isHidden(index) { return .hidden }
        if let opacity = value("opacity", index), opacity != "1" { return .unknown }
        for name in ["background-image", "background"] {
            guard let value = value(name, index), value != "none" else { continue }
            if StyleColour(value) == nil, value != "transparent" { return .unknown }
        }
        let element = page.markup.elements[index]
        if element["background"] != nil { return .unknown }
        let given = value("background-color", index) ?? value("background", index) ?? element["bgcolor"]?.staticText
        switch given {
        case nil, "transparent", "inherit", "initial", "none": return outer
        case let text?: return StyleColour(text).map(Known.colour) ?? .unknown
        }
    }

    private func isHidden(_ index: Int) -> Bool {
        let tag = page.markup.elements[index].tag
        if ["head", "title", "style", "script", "template"].contains(tag) { return true }
        let display = value("display", index) ?? (page.markup.elements[index].isHidden ? "none" : nil)
        if display == "none" || value("visibility", index) == "hidden" { return true }
        return ["0", "0px"].contains(value("font-size", index)) || value("max-height", index) == "0"
    }

    private mutating func front(_ index: Int) -> Known {
        if let known = fronts[index] { return known }
        let known = ownFront(index)
        fronts[index] = known
        return known
    }

    private mutating func ownFront(_ index: Int) -> Known {
        let element = page.markup.elements[index]
        let given = value("color", index) ?? (element.tag == "font" ? element["color"]?.staticText : nil)
        switch given {
        case nil, "inherit":
            // Mail clients have their own colours for links and for mails without colours.
            if given == nil, element.tag == "a", element["href"] != nil { return .unknown }
            guard let parent = element.parent else {
                return scheme == .light ? .colour(StyleColour(rgb: 0)) : .unknown
            }
            return front(parent)
        case let text?: return StyleColour(text).map(Known.colour) ?? .unknown
        }
    }
}
