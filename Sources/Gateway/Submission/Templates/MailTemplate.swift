// SPDX-License-Identifier: Apache-2.0
package import JSON
package import Templates

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
