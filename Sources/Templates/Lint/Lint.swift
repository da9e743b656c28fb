// SPDX-License-Identifier: Apache-2.0

/// The rules of lint, one of them a file.
enum Lint {
    /// Each looks at one template in one brand and locale.
    static let templateRules: [@Sendable (LintSubject) -> [LintFinding]] = [
        ClippingRule.findings,
        MissingTextRule.findings,
        TagBalanceRule.findings,
        ImageRule.findings,
        AddressRule.findings,
        StyleSupportRule.findings,
        ElementSupportRule.findings,
        MediaPriorityRule.findings,
        ContrastRule.findings,
    ]
}

extension TemplateLibrary.Snapshot {
    /// Everything worth an author's attention: faults first, then warnings, by template, brand and locale.
    package func lint() -> [LintFinding] {
        var findings = faults.map { LintFinding($0, .fault) }
        findings += unusedVariables.map { LintFinding($0, .fault) }
        for template in compiled {
            guard let subject = LintSubject(template) else { continue }
            for rule in Lint.templateRules { findings += rule(subject) }
        }
        for id in brands {
            if let brand = brand(id) { findings += BrandFieldRule.findings(brand) }
        }
        findings += LocaleRule.findings(texts)
        findings += missingLocales.map { LintFinding($0, .warning) }
        var seen: Set<LintFinding> = []
        return findings.filter { seen.insert($0).inserted }
    }
}
