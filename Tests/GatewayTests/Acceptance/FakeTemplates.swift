// SPDX-License-Identifier: Apache-2.0
import JSON

@testable import Basics
@testable import Mail
@testable import Submission
@testable import Templates

/// Two brands and a few templates, held in memory.
struct FakeTemplates: MailTemplates {
    var brands: [String: MailBrand] = [
        "default": MailBrand(name: "default", from: .fixture("Posthaste <noreply@posthaste.example>")),
        "westside": MailBrand(
            name: "westside",
            from: .fixture("Westside <noreply@westside.example>"),
            replyTo: [.fixture("office@westside.example")]
        ),
        "mute": MailBrand(name: "mute", from: nil),
    ]
    var templates: [String: FakeTemplate] = [
        "welcome": FakeTemplate(
            name: "welcome",
            category: "onboarding",
            variables: [
                VariableDeclaration(name: "name", type: .string, isRequired: true),
                VariableDeclaration(name: "age", type: .number),
            ]
        ),
        "password-reset": FakeTemplate(
            name: "password-reset",
            category: "password-reset",
            variables: [
                VariableDeclaration(name: "link", type: .url, isRequired: true, isSecret: true),
                VariableDeclaration(name: "code", type: .string, isSecret: true),
                VariableDeclaration(name: "name", type: .string),
                VariableDeclaration(
                    name: "cards",
                    type: .list(.object([VariableDeclaration(name: "pin", type: .string, isSecret: true)]))
                ),
            ]
        ),
    ]

    var brandNames: [String] { brands.keys.sorted() }
    var templateNames: [String] { templates.keys.sorted() }
    var faults: [TemplateError] { [] }
    func brand(_ name: String) -> MailBrand? { brands[name] }

    func template(_ name: String, brand: String, locale: String?) -> (any MailTemplate)? { templates[name] }

    func template(stored bundle: [UInt8]) throws(TemplateError) -> any MailTemplate {
        let parts = String(decoding: bundle, as: UTF8.self).split(separator: "#")
        guard let name = parts.first, var template = templates[String(name)] else {
            throw TemplateError(file: "bundle", message: "is broken")
        }
        template.words = parts.dropFirst().joined()
        return template
    }
}

/// Renders its variables as `name=value` lines.
struct FakeTemplate: MailTemplate {
    let hasHTML = true
    var name: String
    var category: String?
    var variables: [VariableDeclaration]
    var words = "v1"
    var summary: String?
    var sample: JSON = ["name": "Ana"]
    var list: String?
    var needsList = false
    let unsubscribeVariable: String? = "unsubscribe_url"

    var bundle: [UInt8] { Array("\(name)#\(words)".utf8) }
    var version: ContentHash { ContentHash(of: bundle) }

    func faults(in data: JSON, given: Set<String>) -> [VariableFault] {
        var check = VariableCheck()
        check.check(data.object ?? JSONObject(), variables, at: JSONPointer.root.appending("data"), given: given)
        return check.faults
    }

    func render(_ data: JSON) throws(TemplateError) -> MailContent {
        let lines = (data.object ?? JSONObject()).map { "\($0.key)=\($0.value.string ?? $0.value.text())" }
        if lines.contains(where: { $0.contains("javascript:") }) {
            throw TemplateError(
                file: "\(name)/body.html",
                line: 3,
                column: 1,
                message: "the URL is refused",
                variable: "link"
            )
        }
        let text = ([words] + lines.sorted()).joined(separator: "\n")
        return MailContent(subject: "About \(name)", html: "<p>\(text)</p>", text: text)
    }
}

extension Mailbox {
    static func fixture(_ text: String) -> Mailbox {
        // A fixture that does not parse shows up as an unexpected address.
        (try? Mailbox(parsing: text)) ?? Mailbox(EmailAddress(checkedLocal: "broken", checkedDomain: "fixture.invalid"))
    }
}
