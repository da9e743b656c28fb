// SPDX-License-Identifier: Apache-2.0

/// Mail of a list without a visible way to unsubscribe, and such a way in mail of no list.
enum UnsubscribeRule {
    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        let template = subject.template
        guard let name = template.unsubscribeVariable else { return [] }
        let use = template.edition.parts.unsubscribing
        if template.list == nil {
            guard use.isNeeded else { return [] }
            let message =
                "{{\(name)}} is used without `list`: name the list here, which a request may replace by another"
            return [.fault(message, in: "\(template.name)/template.yaml")]
        }
        var findings: [LintFinding] = []
        if template.hasHTML, !use.isInHTML {
            let message = "`list` is set, and no link leads to {{\(name)}}: write <a href=\"{{\(name)}}\">…</a>"
            findings.append(.fault(message, in: subject.bodyFile))
        }
        if !use.isInText, use.isInHTML || !template.hasHTML {
            let message = "`list` is set, and the text part lacks {{\(name)}}: write it on a line of its own"
            findings.append(.fault(message, in: subject.textFile))
        }
        return findings
    }
}
