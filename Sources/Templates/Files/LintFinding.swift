// SPDX-License-Identifier: Apache-2.0
import JSON

/// One remark about a template, a brand or a layout.
package struct LintFinding: Sendable, Hashable {
    package enum Severity: String, Sendable {
        /// Keeps the file from being used.
        case fault
        case warning
    }

    package let file: String
    package let line: Int
    package let column: Int
    package let severity: Severity
    package let message: String
}

extension LintFinding {
    init(_ error: TemplateError, _ severity: Severity) {
        self.init(file: error.file, line: error.line, column: error.column, severity: severity, message: error.message)
    }
}

extension TemplateLibrary.Snapshot {
    /// Everything worth an author's attention: faults first, then warnings.
    package func lint() -> [LintFinding] {
        var findings = faults.map { LintFinding($0, .fault) }
        for template in compiled.values.sorted(by: { ($0.name, $0.locale) < ($1.name, $1.locale) }) {
            findings += Self.warnings(template)
        }
        for id in brands { findings += brandWarnings(id) }
        var seen: Set<LintFinding> = []
        return findings.filter { seen.insert($0).inserted }
    }

    private static func warnings(_ template: CompiledTemplate) -> [LintFinding] {
        var findings: [LintFinding] = []
        for variable in template.variables where !template.usedNames.contains(variable.name) {
            guard let position = template.positions[variable.name] else { continue }
            findings.append(LintFinding(position.error("`\(variable.name)` is declared and not used"), .warning))
        }
        // A sample that does not render is among the faults.
        guard let mail = try? template.render(template.sample) else { return findings }
        let body = "\(template.name)/body.html"
        findings += mail.warnings.map { LintFinding(TemplateError(file: body, message: $0), .warning) }
        if let html = mail.html {
            findings += ImageCheck.imagesWithoutText(html).map { source in
                LintFinding(TemplateError(file: body, message: "the image \(source) has no `alt`"), .warning)
            }
        }
        return findings
    }

    private func brandWarnings(_ id: String) -> [LintFinding] {
        guard let brand = brand(id) else { return [] }
        let missing = ["from", "address"].filter { brand.json[$0]?.isNull ?? true }
        return missing.map { field in
            let error = TemplateError(file: "brands/\(id)/brand.yaml", message: "`\(field)` is not set")
            return LintFinding(error, .warning)
        }
    }
}

/// Looks for images that say nothing to a reader who does not see them.
enum ImageCheck {
    /// The `src` of each `<img>` without an `alt`.
    static func imagesWithoutText(_ html: String) -> [String] {
        var place = HTMLPlace(isLenient: true)
        var attributes: [String: String] = [:]
        var name = ""
        var found: [String] = []
        for byte in html.utf8 {
            // Rendered HTML has passed the compiler, so there is nothing to refuse.
            guard let event = try? place.consume(byte) else { continue }
            switch event {
            case .attribute:
                name = String(decoding: place.word, as: UTF8.self)
                attributes[name] = ""
            case .value(let byte): attributes[name, default: ""].unicodeScalars.append(Unicode.Scalar(byte))
            case .tag:
                if !place.isEndTag, place.tag == Array("img".utf8), attributes["alt"] == nil {
                    found.append(attributes["src"] ?? "without src")
                }
                attributes = [:]
            case .none, .text: break
            }
        }
        return found
    }
}
