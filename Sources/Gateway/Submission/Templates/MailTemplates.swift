// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
package import Mail
package import Templates

/// The brands and templates of this moment, as acceptance, rendering and the API need them.
package protocol MailTemplates: Sendable {
    /// In the order of the alphabet.
    var brandNames: [String] { get }
    /// In the order of the alphabet; those alone that can be sent.
    var templateNames: [String] { get }
    /// What is wrong with the files; what had worked before still serves.
    var faults: [TemplateError] { get }
    /// Templates that cannot be sent, because their files have had a fault from the start; in the order of the alphabet.
    var brokenNames: [String] { get }
    /// What is wrong with one template, in one brand or in any.
    func faults(of template: String, brand: String?) -> [TemplateError]
    /// The locales that a template can be sent in, in the order of the alphabet.
    func locales(of template: String) -> [String]
    /// Nil when there is no such brand.
    func brand(_ name: String) -> MailBrand?
    /// What would be sent now; nil when there is no such template.
    func template(_ name: String, brand: String, locale: String?) -> (any MailTemplate)?
    /// A version that was stored, from the bytes of its ``MailTemplate/bundle``.
    func template(stored bundle: [UInt8]) throws(TemplateError) -> any MailTemplate
}

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

/// One version of a template, with its brand and language.
package protocol MailTemplate: Sendable {
    var name: String { get }
    var category: String? { get }
    /// One line for people.
    var summary: String? { get }
    /// Data that renders.
    var sample: JSON { get }
    var variables: [VariableDeclaration] { get }
    /// All that ``MailTemplates/template(stored:)`` needs to render the same words years later.
    var bundle: [UInt8] { get }
    /// The SHA-256 of ``bundle``.
    var version: ContentHash { get }
    /// All that is wrong with `data`, with pointers that begin with `/data`; variables in `given` may be missing.
    func faults(in data: JSON, given: Set<String>) -> [VariableFault]
    func render(_ data: JSON) throws(TemplateError) -> MailContent
    /// The mail from ``sample``, whose links may lead anywhere.
    func renderSample() throws(TemplateError) -> MailContent
}

extension MailTemplate {
    package func renderSample() throws(TemplateError) -> MailContent { try render(sample) }

    /// The variables that must be given and are not in `given`.
    package func requiredNames(besides given: Set<String>) -> [String] {
        variables.filter { $0.isRequired && !given.contains($0.name) }.map(\.name)
    }
}
