// SPDX-License-Identifier: Apache-2.0

/// CSS that major mail clients ignore.
enum StyleSupportRule {
    /// Properties that are unsupported with any value, and their replacements.
    private static let properties: [String: String] = [
        "position": "Gmail and Outlook ignore `position`; lay out with tables",
        "float": "Outlook ignores `float`; lay out with table cells, or write align=\"left\" on an image",
        "clip-path": "Outlook and Gmail ignore `clip-path`; cut the image itself",
        "filter": "Outlook and Gmail ignore `filter`; change the image itself",
        "transform": "Outlook ignores `transform`, and Gmail in many places",
        "object-fit": "Outlook and Gmail ignore `object-fit`; cut the image itself",
    ]

    private static let atRules: [String: String] = [
        "@import": "Gmail and Outlook load no other style sheets; copy the rules into <style>",
        "@layer": "Gmail drops a <style> with `@layer`; write the rules without it",
        "@container": "Gmail drops a <style> with `@container`; use `@media`",
        "@supports": "Gmail drops a <style> with `@supports`; write the rules without it, or in a <style> of their own",
    ]

    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        guard let page = subject.page else { return [] }
        var findings: [LintFinding] = []
        for (index, element) in page.markup.elements.enumerated() where !element.isConditional {
            let declarations = page.styles[index]
            let hasColour = element["bgcolor"] != nil || declarations.contains { $0.name == "background-color" }
            findings += declarations.compactMap { declaration in
                remark(declaration, hasColour: hasColour)
                    .map { .warning($0, at: page.position(of: declaration, on: index)) }
            }
        }
        for rule in page.rules {
            findings += rule.declarations.compactMap { declaration in
                remark(declaration, hasColour: true).map { .warning($0, at: rule.position(of: declaration)) }
            }
        }
        for rule in page.atRules {
            if let remark = atRules[rule.name] { findings.append(.warning(remark, at: rule.position)) }
            if rule.name == "@media", rule.text.dropFirst().contains("@") {
                let message = "Gmail drops a <style> with a rule like this inside of @media; write it beside it"
                findings.append(.warning(message, at: rule.position))
            }
        }
        return findings
    }

    private static func remark(_ declaration: LintPage.Declaration, hasColour: Bool) -> String? {
        guard declaration.hasFunction || isWatched(declaration.name) else { return nil }
        let value = declaration.lowercased
        switch declaration.name {
        case "position" where value == "static", "float" where value == "none": return nil
        case "display" where value.hasSuffix("flex"): return "Outlook ignores `display: \(value)`; lay out with tables"
        case "display" where value.hasSuffix("grid"):
            return "Outlook and Gmail ignore `display: \(value)`; lay out with tables"
        case "background" where StyleColour(value) == nil && value != "none":
            return "Outlook reads `background` for a colour only; write `background-color`, and images on top of it"
        case "background-image" where !hasColour && value != "none":
            return "Outlook shows no `background-image`; write a `background-color` beside it"
        case _ where declaration.name.hasPrefix("margin") && !declaration.hasFunction && value.contains("-"):
            return "Outlook and Gmail ignore margins below 0; use `padding` elsewhere"
        case _ where declaration.name.hasPrefix("--") || value.contains("var("):
            return "Gmail and Outlook ignore CSS variables; write {{brand.…}} or the value itself"
        case _ where value.contains("calc("): return "Outlook ignores `calc()`; write a number"
        default: return properties[declaration.name]
        }
    }
    /// Whether a property may have a finding that does not depend on functions in its value.
    private static func isWatched(_ name: String) -> Bool {
        name.hasPrefix("margin") || name.hasPrefix("--") || name == "display" || name.hasPrefix("background")
            || properties[name] != nil
    }
}
