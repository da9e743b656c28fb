// SPDX-License-Identifier: Apache-2.0

/// Mail without content for readers of plain text, or without a subject.
enum MissingTextRule {
    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        var findings: [LintFinding] = []
        if subject.mail.text.allSatisfy(\.isWhitespace) {
            let message = "the text part of the sample is empty; give images an `alt`, or write a body.txt"
            findings.append(.warning(message, in: subject.bodyFile))
        }
        if subject.mail.subject.allSatisfy(\.isWhitespace) {
            let message = "the subject of the sample is empty; write some words of it without a variable"
            findings.append(.warning(message, in: "\(subject.template.name)/template.yaml"))
        }
        return findings
    }
}
