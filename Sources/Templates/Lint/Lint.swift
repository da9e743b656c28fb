// SPDX-License-Identifier: Apache-2.0

/// The rules of lint, one of them a file.
enum Lint {
    /// Each looks at one template in one brand and locale.
    static let templateRules: [@Sendable (LintSubject) -> [LintFinding]] = [
        VariableUseRule.findings,
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
        let sorted = compiled.sorted {
            ($0.key.template, $0.key.brand, $0.key.locale ?? "") < ($1.key.template, $1.key.brand, $1.key.locale ?? "")
        }
        for (_, template) in sorted {
            guard let subject = LintSubject(template) else { continue }
            for rule in Lint.templateRules { findings += rule(subject) }
        }
        for id in brands {
            if let brand = brand(id) { findings += BrandFieldRule.findings(brand) }
        }
        findings += LocaleRule.findings(files.texts)
        var seen: Set<LintFinding> = []
        return findings.filter { seen.insert($0).inserted }
    }
}
