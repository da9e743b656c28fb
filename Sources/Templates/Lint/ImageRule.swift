// SPDX-License-Identifier: Apache-2.0

/// Images without alternative text, or without a `width` in pixels, the only size that Outlook uses.
enum ImageRule {
    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        guard let page = subject.page else { return [] }
        return page.markup.elements.filter { $0.tag == "img" }.flatMap { image -> [LintFinding] in
            var findings: [LintFinding] = []
            if image["alt"] == nil {
                let message = "this image has no `alt`; write what it says, or alt=\"\" when it says nothing"
                findings.append(.warning(message, at: image.position))
            }
            if image["width"]?.staticText.first?.isNumber != true {
                let message = "this image has no `width`; write it in pixels, for Outlook heeds no other size"
                findings.append(.warning(message, at: image.position))
            }
            return findings
        }
    }
}
