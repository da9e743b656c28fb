// SPDX-License-Identifier: Apache-2.0
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

extension MailTemplates {
    package var brokenNames: [String] { [] }

    package func faults(of template: String, brand: String?) -> [TemplateError] {
        faults.filter { $0.file.hasPrefix("\(template)/") }
    }

    package func locales(of template: String) -> [String] { [] }

    /// Why there is no template `name` to send, for the one who asked for it.
    func absence(of name: String, brand: String) -> [String] {
        let faults = faults(of: name, brand: brand)
        guard faults.isEmpty else { return faults.map { "cannot be sent until its files are repaired: \($0)" } }
        return ["there is no template of this name\(SendRequestReader.hint(name, templateNames))"]
    }
}
