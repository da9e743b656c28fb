// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Foundation
import Synchronization

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
    ///
    /// With `names` only what concerns these templates. `progress` is called with the number of templates looked at so far
    /// and of all of them, from any thread.
    package func lint(
        _ names: Set<String>? = nil,
        progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) -> [LintFinding] {
        var findings = faults.map { LintFinding($0, .fault) }
        findings += unusedVariables.map { LintFinding($0, .fault) }
        findings += templateFindings(names, progress)
        for id in names == nil ? brands : [] {
            if let brand = brand(id) { findings += BrandFieldRule.findings(brand) }
        }
        findings += LocaleRule.findings(texts)
        findings += missingLocales.map { LintFinding($0, .warning) }
        var seen: Set<LintFinding> = []
        return findings.filter { finding in
            seen.insert(finding).inserted && (names?.contains(file: finding.file) ?? true)
        }
    }

    private func templateFindings(
        _ chosen: Set<String>?,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) -> [LintFinding] {
        let names = names.filter { chosen?.contains($0) ?? true }
        let workers = max(1, min(names.count, ProcessInfo.processInfo.activeProcessorCount, 8))
        let found = Mutex<[Int: [LintFinding]]>([:])
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            // Each worker parses shared files itself, as where templates are compiled.
            let parsed = ParsedFiles(texts)
            for index in stride(from: worker, to: names.count, by: workers) {
                let findings = findings(names[index], parsed)
                let done = found.withLock { found in
                    found[index] = findings
                    return found.count
                }
                progress(done, names.count)
            }
        }
        return found.withLock { found in names.indices.flatMap { found[$0] ?? [] } }
    }

    /// What the rules say of one template in all brands and locales.
    private func findings(_ name: String, _ parsed: ParsedFiles) -> [LintFinding] {
        var expanded: [ObjectIdentifier: [Piece]?] = [:]
        var findings: [LintFinding] = []
        for template in compiled(name) {
            let id = ObjectIdentifier(template.edition)
            if expanded[id] == nil {
                let files = TemplateFiles(parsed, chain(of: template))
                // It was compiled before, so it can be read.
                expanded[id] = .some((try? TemplateCompiler.expandedHTML(template.edition, files)) ?? nil)
            }
            guard let subject = LintSubject(template, expanded[id] ?? nil) else { continue }
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
