// SPDX-License-Identifier: Apache-2.0

/// What acceptance has to know of a brand.
package struct MailBrand: Sendable, Hashable {
    package var name: String
    /// Nil when the brand's file names none that can be used.
    package var from: Mailbox?
    package var replyTo: [Mailbox]

    package init(name: String, from: Mailbox?, replyTo: [Mailbox] = []) {
        self.name = name
        self.from = from
        self.replyTo = replyTo
    }
}
