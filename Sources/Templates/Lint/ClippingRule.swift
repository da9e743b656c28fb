// SPDX-License-Identifier: Apache-2.0

/// Sizes beyond which Gmail clips the mail or drops its styles: 102 KB of HTML, 8,192 characters of one `<style>`.
enum ClippingRule {
    private static let longestSheet = 8_192

    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        var findings: [LintFinding] = []
        if let length = subject.mail.html?.utf8.count, length > RenderedMail.clippedFrom {
            let message =
                "the HTML part of the sample has \(length / 1024) KB; Gmail hides what is beyond 102 KB: shorten it"
            findings.append(.warning(message, in: subject.bodyFile))
        }
        for sheet in subject.page?.markup.sheets ?? [] where !sheet.isConditional {
            guard sheet.source.bytes.count > longestSheet else { continue }
            let message = "\(sheet.source.bytes.count) bytes stay in this <style>; Gmail drops one of more than 8,192"
            findings.append(.warning("\(message): cut it in two", at: sheet.position))
        }
        return findings
    }
}
