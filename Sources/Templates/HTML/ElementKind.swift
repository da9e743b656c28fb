// SPDX-License-Identifier: Apache-2.0

/// The properties of an element by its name, as far as the HTML standard uses them to find its end.
struct ElementKind: OptionSet, Sendable {
    let rawValue: UInt32

    /// "Special" elements, which end tags of others do not pass.
    static let special = ElementKind(rawValue: 1 << 0)
    /// Ends the search for an element "in scope".
    static let scope = ElementKind(rawValue: 1 << 1)
    /// Its start tag closes an open paragraph.
    static let endsParagraph = ElementKind(rawValue: 1 << 2)
    /// Its end tag is optional.
    static let optionalEnd = ElementKind(rawValue: 1 << 3)
    static let void = ElementKind(rawValue: 1 << 4)
    /// May be in `<head>` without a `<head>` tag.
    static let headContent = ElementKind(rawValue: 1 << 5)
    /// Formatting elements, whose ends may overlap.
    static let formatting = ElementKind(rawValue: 1 << 6)
    static let html = ElementKind(rawValue: 1 << 7)
    static let head = ElementKind(rawValue: 1 << 8)
    static let body = ElementKind(rawValue: 1 << 9)
    static let paragraph = ElementKind(rawValue: 1 << 10)
    static let heading = ElementKind(rawValue: 1 << 11)
    static let item = ElementKind(rawValue: 1 << 12)
    /// `<dt>` and `<dd>`.
    static let term = ElementKind(rawValue: 1 << 13)
    static let anchor = ElementKind(rawValue: 1 << 14)
    static let button = ElementKind(rawValue: 1 << 15)
    static let option = ElementKind(rawValue: 1 << 16)
    static let optionGroup = ElementKind(rawValue: 1 << 17)
    static let ruby = ElementKind(rawValue: 1 << 18)
    static let table = ElementKind(rawValue: 1 << 19)
    static let rowGroup = ElementKind(rawValue: 1 << 20)
    static let row = ElementKind(rawValue: 1 << 21)
    static let cell = ElementKind(rawValue: 1 << 22)
    static let caption = ElementKind(rawValue: 1 << 23)
    static let columnGroup = ElementKind(rawValue: 1 << 24)
    static let column = ElementKind(rawValue: 1 << 25)
    /// Special elements that the search for an open list item passes.
    static let passedByItems = ElementKind(rawValue: 1 << 26)
    /// Ends the search for an open link.
    static let marker = ElementKind(rawValue: 1 << 27)
    /// May be between the cells of a table.
    static let betweenCells = ElementKind(rawValue: 1 << 28)

    /// Elements that only a table may contain.
    static let tableParts: ElementKind = [.rowGroup, .row, .cell, .caption, .columnGroup, .column]

    /// Whether the two sets intersect.
    func meets(_ other: ElementKind) -> Bool { !isDisjoint(with: other) }

    /// The kind of the element with this lower-case name.
    static func of(_ tag: String) -> ElementKind { known[tag] ?? [] }

    private static let known: [String: ElementKind] = {
        var kinds: [String: ElementKind] = [:]
        for (names, kind) in facts {
            for name in names.split(separator: " ") { kinds[String(name), default: []].insert(kind) }
        }
        return kinds
    }()

    private static let facts: [(String, ElementKind)] = [
        (
            "address applet area article aside base basefont bgsound blockquote body br button caption center col"
                + " colgroup dd details dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2"
                + " h3 h4 h5 h6 head header hgroup hr html iframe img input keygen li link listing main marquee menu"
                + " meta nav noembed noframes noscript object ol p param plaintext pre script search section select"
                + " source style summary table tbody td template textarea tfoot th thead title tr track ul wbr xmp",
            .special
        ),
        ("applet caption html table td th marquee object template", .scope),
        (
            "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer header"
                + " hgroup main menu nav ol p search section summary ul h1 h2 h3 h4 h5 h6 pre listing form li dd dt"
                + " plaintext table hr xmp",
            .endsParagraph
        ),
        (
            "html head body p li dt dd tr td th thead tbody tfoot option optgroup colgroup caption rb rp rt rtc",
            .optionalEnd
        ),
        ("area base basefont bgsound br col embed frame hr img input link meta param source track wbr", .void),
        ("base basefont bgsound link meta noframes noscript script style template title", .headContent),
        ("a b big code em font i nobr s small strike strong tt u", .formatting),
        ("html", .html), ("head", .head), ("body", .body), ("p", .paragraph), ("h1 h2 h3 h4 h5 h6", .heading),
        ("li", .item), ("dt dd", .term), ("a", .anchor), ("button", .button), ("option", .option),
        ("optgroup", .optionGroup), ("rb rp rt rtc", .ruby), ("table", .table), ("thead tbody tfoot", .rowGroup),
        ("tr", .row), ("td th", .cell), ("caption", .caption), ("colgroup", .columnGroup), ("col", .column),
        ("address div p", .passedByItems), ("td th caption object applet marquee template", .marker),
        ("style script template", .betweenCells),
    ]
}
