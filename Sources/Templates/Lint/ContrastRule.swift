// SPDX-License-Identifier: Apache-2.0
import JSON

/// Text with too little contrast, in light or dark mode.
///
/// Checks each text of the sample with the colours from `style`, `bgcolor` and the rules in `<style>`; for dark mode, the rules
/// of `@media (prefers-color-scheme: dark)` apply on top. Text is skipped when a colour is missing or unknown (an image, a
/// gradient, transparency), or when nothing is shown. A faulty pair of brand colours is reported once, at the brand.
enum ContrastRule {
    private struct Pair: Hashable {
        let file: String
        let text: StyleColour
        let ground: StyleColour
    }

    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        guard let page = subject.page else { return [] }
        let isDarkKnown = page.rules.contains { $0.media.map(ColourScheme.dark.isMeant) ?? false }
        let schemes: [ColourScheme] = isDarkKnown ? [.light, .dark] : [.light]
        let matching = page.matchingRules()
        return schemes.flatMap { findings(subject, page, PageColours(page, $0, matching), $0) }
    }

    private static func findings(
        _ subject: LintSubject,
        _ page: LintPage,
        _ colours: PageColours,
        _ scheme: ColourScheme
    ) -> [LintFinding] {
        var colours = colours
        var seen: Set<Pair> = []
        var findings: [LintFinding] = []
        for text in page.markup.texts where TextVisibility.isVisible(text.bytes) {
            guard let parent = text.parent, let (front, ground) = colours.pair(at: parent) else { continue }
            let ratio = front.contrast(with: ground)
            guard ratio < StyleColour.leastContrast,
                seen.insert(Pair(file: text.position.source.name, text: front, ground: ground)).inserted
            else { continue }
            findings.append(finding(subject, scheme, front, ground, ratio, text.position))
        }
        return findings
    }

    private static func finding(
        _ subject: LintSubject,
        _ scheme: ColourScheme,
        _ front: StyleColour,
        _ ground: StyleColour,
        _ ratio: Double,
        _ position: Position
    ) -> LintFinding {
        let tenths = Int(ratio * 10)
        let ratio = "\(tenths / 10).\(tenths % 10):1"
        let brand = BrandColours(subject, scheme)
        if let frontName = brand.name(of: front), let groundName = brand.name(of: ground),
            let place = brand.position(of: frontName)
        {
            let message =
                "text in `\(frontName)` (\(front.hex)) is on `\(groundName)` (\(ground.hex)) with a contrast of \(ratio)"
            return .warning("\(message) in \(scheme.rawValue); make it 4.5:1 or more", at: place)
        }
        let message = "this text is \(front.hex) on \(ground.hex) in \(scheme.rawValue), a contrast of \(ratio)"
        return .warning("\(message); make it 4.5:1 or more", at: position)
    }
}

/// The colour scheme of the reader's device.
enum ColourScheme: String {
    case light, dark

    /// Whether the lower-case query of a `@media` applies, on a screen of any size.
    func isMeant(_ query: String) -> Bool {
        let words = query.filter { !$0.isWhitespace }
        return words == "(prefers-color-scheme:\(rawValue))" || words == "screenand(prefers-color-scheme:\(rawValue))"
            || words == "screen" || words == "all"
    }
}

/// The names of a brand's colours.
private struct BrandColours {
    private let scheme: ColourScheme
    private let template: CompiledTemplate
    private let memo: LintMemo
    private var names: [StyleColour: String] = [:]

    init(_ subject: LintSubject, _ scheme: ColourScheme) {
        (template, memo, self.scheme) = (subject.template, subject.memo, scheme)
        for (name, value) in template.brand.json["colours"]?[scheme.rawValue]?.object ?? JSONObject() {
            guard let colour = value.string.flatMap(StyleColour.init), names[colour] == nil else { continue }
            names[colour] = name
        }
    }

    func name(of colour: StyleColour) -> String? { names[colour] }

    /// The position of the colour in the brand or in the brand that it inherits from.
    func position(of name: String) -> Position? {
        for folder in [template.brand.id, "default"] {
            let files = LocaleChain.fallbacks(template.locale).map { "brand.\($0).yaml" } + ["brand.yaml"]
            for path in files.map({ "brands/\(folder)/\($0)" }) {
                // A file that cannot be read has its own fault.
                guard let bytes = template.sources.files[path],
                    let file = memo.yaml(path, bytes),
                    let value = file["colours"]?[scheme.rawValue]?[name]
                else { continue }
                return value.position
            }
        }
        return nil
    }
}

/// Whether a text is visible.
enum TextVisibility {
    static func isVisible(_ bytes: [UInt8]) -> Bool {
        HTMLEntities.decode(bytes).unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .nonspacingMark: false
            default: true
            }
        }
    }
}
