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
    /// Nil when there is no such brand.
    func brand(_ name: String) -> MailBrand?
    /// What would be sent now; nil when there is no such template.
    func template(_ name: String, brand: String, locale: String?) -> (any MailTemplate)?
    /// A version that was stored, from the bytes of its ``MailTemplate/bundle``.
    func template(stored bundle: [UInt8]) throws(TemplateError) -> any MailTemplate
}
