// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
import Submission
import Templates

/// Two brands and one template.
struct StubTemplates: MailTemplates {
    var brandNames: [String] { ["default", "westside"] }
    var templateNames: [String] { ["welcome"] }
    var faults: [TemplateError] { [] }

    func brand(_ name: String) -> MailBrand? {
        guard brandNames.contains(name), let from = try? EmailAddress(parsing: "club@example.org") else { return nil }
        return MailBrand(name: name, from: Mailbox(from))
    }

    func template(_ name: String, brand: String, locale: String?) -> (any MailTemplate)? {
        name == "welcome" ? StubTemplate() : nil
    }

    func template(stored bundle: [UInt8]) throws(TemplateError) -> any MailTemplate { StubTemplate() }
}

private struct StubTemplate: MailTemplate {
    let hasHTML = true
    var name: String { "welcome" }
    var category: String? { nil }
    var summary: String? { "Greets." }
    var sample: JSON { ["name": "Ana"] }
    var variables: [VariableDeclaration] { [] }
    var bundle: [UInt8] { Array("bundle".utf8) }
    var version: ContentHash { ContentHash(of: bundle) }

    func faults(in data: JSON, given: Set<String>) -> [VariableFault] { [] }

    func render(_ data: JSON) throws(TemplateError) -> MailContent {
        MailContent(subject: "Welcome, \(data["name"]?.string ?? "")", html: "<p>Hello</p>", text: "Hello")
    }
}
