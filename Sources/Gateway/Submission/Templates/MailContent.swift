// SPDX-License-Identifier: Apache-2.0

/// Subject and bodies of one message.
package struct MailContent: Sendable, Hashable {
    package var subject: String
    package var html: String?
    package var text: String
    /// What the author of the template should know, for people.
    package var warnings: [String]

    package init(subject: String, html: String?, text: String, warnings: [String] = []) {
        self.subject = subject
        self.html = html
        self.text = text
        self.warnings = warnings
    }
}
