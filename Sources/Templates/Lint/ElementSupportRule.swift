// SPDX-License-Identifier: Apache-2.0

/// Elements that major mail clients drop.
enum ElementSupportRule {
    private static let remarks: [String: String] = [
        "script": "mail clients run no scripts and may refuse the mail; take this out",
        "iframe": "mail clients leave <iframe> out; link to the page",
        "object": "mail clients leave <object> out; link to it",
        "embed": "mail clients leave <embed> out; link to it",
        "form": "Gmail warns of forms and Outlook leaves them out; link to a page with the form",
        "input": "Outlook leaves <input> out; link to a page with the form",
        "button": "Outlook leaves <button> out; use the partial `button`",
        "video": "Gmail and Outlook leave <video> out; link an image to it",
        "audio": "Gmail and Outlook leave <audio> out; link to it",
        "svg": "Gmail and Outlook leave <svg> out; use an image",
    ]

    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        (subject.page?.markup.elements ?? []).filter { !$0.isConditional }.compactMap { element in
            if element.tag == "link", element["rel"]?.staticText.lowercased() == "stylesheet" {
                let message = "Gmail and Outlook load no other style sheets; copy the rules into <style>"
                return .warning(message, at: element.position)
            }
            return remarks[element.tag].map { .warning($0, at: element.position) }
        }
    }
}
