// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
package import Mail
package import Templates

/// The current brands and templates, for acceptance, rendering and the API.
package protocol MailTemplates: Sendable {
    /// In alphabetical order.
    var brandNames: [String] { get }
    /// The templates that can be sent, in alphabetical order.
    var templateNames: [String] { get }
    /// The errors in the files; the last valid version remains in use.
    var faults: [TemplateError] { get }
    /// Templates that cannot be sent, because their files have been invalid from the start; in alphabetical order.
    var brokenNames: [String] { get }
    /// The errors of one template, in one brand or in any.
    func faults(of template: String, brand: String?) -> [TemplateError]
    /// The locales in which a template can be sent, in alphabetical order.
    func locales(of template: String) -> [String]
    /// Nil when there is no such brand.
    func brand(_ name: String) -> MailBrand?
    /// The current version; nil when there is no such template.
    func template(_ name: String, brand: String, locale: String?) -> (any MailTemplate)?
    /// A stored version, from the bytes of its ``MailTemplate/bundle``.
    func template(stored bundle: [UInt8]) throws(TemplateError) -> any MailTemplate
}

/// The properties of a brand that acceptance needs.
package struct MailBrand: Sendable, Hashable {
    package var name: String
    /// Nil when the brand's file has no usable address.
    package var from: Mailbox?
    package var replyTo: [Mailbox]

    package init(name: String, from: Mailbox?, replyTo: [Mailbox] = []) {
        self.name = name
        self.from = from
        self.replyTo = replyTo
    }
}

/// Subject and bodies of one message.
package struct MailContent: Sendable, Hashable {
    package var subject: String
    package var html: String?
    package var text: String
    /// Warnings for the author of the template.
    package var warnings: [String]

    package init(subject: String, html: String?, text: String, warnings: [String] = []) {
        self.subject = subject
        self.html = html
        self.text = text
        self.warnings = warnings
    }
}

/// One version of a template, with its brand and language.
package protocol MailTemplate: Sendable {
    var name: String { get }
    var category: String? { get }
    /// The list of its messages, where the request names no other.
    var list: String? { get }
    /// Whether its mail must belong to a list, because it shows the address for unsubscribing.
    var needsList: Bool { get }
    /// The variable that gets this address; nil when there is none.
    var unsubscribeVariable: String? { get }
    /// A one-line summary for people.
    var summary: String? { get }
    /// Data with which the template renders.
    var sample: JSON { get }
    var variables: [VariableDeclaration] { get }
    /// False when its mail has a text part only.
    var hasHTML: Bool { get }
    /// Everything that ``MailTemplates/template(stored:)`` needs to render the same text years later.
    var bundle: [UInt8] { get }
    /// The SHA-256 of ``bundle``.
    var version: ContentHash { get }
    /// All faults of `data`, with pointers that begin with `/data`; variables in `given` may be missing.
    func faults(in data: JSON, given: Set<String>) -> [VariableFault]
    func render(_ data: JSON) throws(TemplateError) -> MailContent
    /// The mail rendered from ``sample``; its links may have any target.
    func renderSample() throws(TemplateError) -> MailContent
}

extension MailTemplate {
    package var list: String? { nil }
    package var needsList: Bool { false }
    package var unsubscribeVariable: String? { nil }

    package func renderSample() throws(TemplateError) -> MailContent { try render(sample) }

    /// The required variables that are not in `given`.
    package func requiredNames(without given: Set<String>) -> [String] {
        variables.filter { $0.isRequired && !given.contains($0.name) }.map(\.name)
    }
}
