// SPDX-License-Identifier: Apache-2.0

/// The parts of a template for all brands and for all locales that find the same files.
final class TemplateParts: Sendable {
    let subject: Blueprint
    let html: Blueprint?
    let text: Blueprint
    /// The file with the subject.
    let subjectFile: String
    /// `ltr` or `rtl`.
    let direction: String
    /// The declared names that a part uses, including fields after a dot.
    let usedNames: Set<String>
    let plurals: Set<PluralUse>
    /// The declared paths of values that a reader may follow as a link.
    let links: Set<[String]>
    /// The look-ups and their results.
    let requests: Set<TemplateFiles.Request>

    init(
        subject: Blueprint,
        html: Blueprint?,
        text: Blueprint,
        subjectFile: String,
        direction: String,
        usedNames: Set<String>,
        plurals: Set<PluralUse>,
        requests: Set<TemplateFiles.Request>
    ) {
        (self.subject, self.html, self.text, self.subjectFile) = (subject, html, text, subjectFile)
        self.direction = direction
        (self.usedNames, self.plurals, self.requests) = (usedNames, plurals, requests)
        links = text.links.union(html?.links ?? []).union(subject.links)
    }

    /// The names below `strings` that the parts use.
    var usedStrings: [Name] {
        let uses = subject.fixed + text.fixed + (html?.fixed ?? [])
        return uses.filter { $0.level == 0 && $0.name.parts.count > 1 && $0.name.parts[0] == "strings" }.map(\.name)
    }
}
