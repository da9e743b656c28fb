// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Foundation
import Synchronization

/// The lint rules, one per file.
enum Lint {
    /// Each rule checks one template in one brand and locale.
    static let templateRules: [@Sendable (LintSubject) -> [LintFinding]] = [
        ClippingRule.findings,
        MissingTextRule.findings,
        UnsubscribeRule.findings,
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
    /// All findings: faults first, then warnings, by template, brand and locale.
    ///
    /// With `names` only the findings of these templates. `progress` is called from any thread with the number of templates
    /// checked so far and the total.
    package func lint(
        _ names: Set<String>? = nil,
        progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) -> [LintFinding] {
        var findings = faults.map { LintFinding($0, .fault) }
        findings += unusedVariables.map { LintFinding($0, .fault) }
        let (ofTemplates, ofLocales) = workedFindings(names, progress)
        findings += ofTemplates
        for id in names == nil ? brands : [] {
            if let brand = brand(id) { findings += BrandFieldRule.findings(brand) }
        }
        findings += ofLocales
        findings += missingLocales.map { LintFinding($0, .warning) }
        var seen: Set<LintFinding> = []
        return findings.filter { finding in
            seen.insert(finding).inserted && (names?.contains(file: finding.file) ?? true)
        }
    }

    /// The findings of templates and locales, computed by several workers.
    private func workedFindings(
        _ chosen: Set<String>?,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) -> (templates: [LintFinding], locales: [LintFinding]) {
        let names = names.filter { chosen?.contains($0) ?? true }
        let locales = LocaleRule.Files(texts.keys)
        let paths = locales.main.filter { chosen?.contains(file: $0) ?? true }
        let workers = max(1, min(names.count, ProcessInfo.processInfo.activeProcessorCount, 8))
        let found = Mutex<(templates: [Int: [LintFinding]], locales: [Int: [LintFinding]])>(([:], [:]))
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            // Each worker parses shared files itself, as the compiler does.
            let parsed = ParsedFiles(texts)
            let memo = LintMemo()
            for index in stride(from: worker, to: names.count, by: workers) {
                let findings = findings(names[index], parsed, memo)
                let done = found.withLock { found in
                    found.templates[index] = findings
                    return found.templates.count
                }
                progress(done, names.count)
            }
            for index in stride(from: worker, to: paths.count, by: workers) {
                let findings = LocaleRule.findings(paths[index], locales, parsed)
                found.withLock { $0.locales[index] = findings }
            }
        }
        return found.withLock { found in
            (names.indices.flatMap { found.templates[$0] ?? [] }, paths.indices.flatMap { found.locales[$0] ?? [] })
        }
    }

    /// The findings of one template in all brands and locales.
    private func findings(_ name: String, _ parsed: ParsedFiles, _ memo: LintMemo) -> [LintFinding] {
        var editions: [ObjectIdentifier: LintEdition?] = [:]
        var findings: [LintFinding] = []
        for template in distinct(name) {
            let id = ObjectIdentifier(template.edition)
            if editions[id] == nil {
                editions[id] = .some(LintEdition(template.edition, TemplateFiles(parsed, chain(of: template))))
            }
            guard let subject = LintSubject(template, editions[id] ?? nil, memo) else { continue }
            for rule in Lint.templateRules { findings += rule(subject) }
        }
        return findings
    }
}

extension Set<String> {
    /// Whether a file belongs to one of these templates, or is shared by all.
    fileprivate func contains(file: String) -> Bool {
        let folder = file.split(separator: "/").dropLast().joined(separator: "/")
        return contains(folder) || folder.isEmpty || file.hasPrefix("/")
            || ["brands", "layouts", "partials"].contains { folder == $0 || folder.hasPrefix("\($0)/") }
    }
}
