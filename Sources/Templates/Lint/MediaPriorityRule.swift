// SPDX-License-Identifier: Apache-2.0

/// Declarations in media queries without effect, because inlined ones override them.
enum MediaPriorityRule {
    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        guard let page = subject.page else { return [] }
        var findings: [LintFinding] = []
        for rule in page.rules where rule.media != nil {
            for declaration in rule.declarations where !declaration.isImportant {
                let isOverridden = page.markup.elements.indices.contains { index in
                    page.styles[index].contains { $0.name == declaration.name }
                        && rule.selectors.contains { $0.matches(page.markup.elements[index], in: page.markup.elements) }
                }
                guard isOverridden else { continue }
                let message =
                    "the styles in the tags are stronger than `\(declaration.name)` here; write `!important` behind it"
                findings.append(.warning(message, at: rule.position(of: declaration)))
            }
        }
        return findings
    }
}
