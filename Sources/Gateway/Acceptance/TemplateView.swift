// SPDX-License-Identifier: Apache-2.0
package import JSON
import Templates

/// Templates as the API shows them.
package enum TemplateView {
    /// All templates that the principal's brands have.
    package static func list(_ templates: any MailTemplates, for principal: Principal, defaultBrand: String) -> JSON {
        let views = templates.templateNames.compactMap { name in
            template(name, templates, for: principal, defaultBrand: defaultBrand)
        }
        return .object(JSONObject([("templates", .array(views))]))
    }

    /// One template, in the default brand or else the first one that the principal sees; nil when there is none.
    package static func template(
        _ name: String,
        _ templates: any MailTemplates,
        for principal: Principal,
        defaultBrand: String
    ) -> JSON? {
        let visible = templates.brandNames.filter { principal.sees(brand: $0) }
        let brands = visible.filter { $0 == defaultBrand } + visible
        let found = brands.lazy.compactMap { templates.template(name, brand: $0, locale: nil) }.first
        return found.map { view($0, brands: visible, faults: faults(of: name, templates)) }
    }

    private static func view(_ template: any MailTemplate, brands: [String], faults: [String]) -> JSON {
        let variables = JSONObject(template.variables.map { ($0.name, variable($0)) })
        return .object(
            JSONObject([
                ("name", .string(template.name)),
                ("description", MessageView.text(template.summary)),
                ("category", MessageView.text(template.category)),
                ("version", .string(template.version.description)),
                ("brands", .array(brands.map(JSON.string))),
                ("variables", .object(variables)),
                ("schema", template.variables.jsonSchema),
                ("sample", template.sample),
                ("fault", faults.isEmpty ? .null : .string(faults.joined(separator: "\n"))),
            ])
        )
    }

    private static func variable(_ declaration: VariableDeclaration) -> JSON {
        .object(
            JSONObject([
                ("type", .string(declaration.type.word)),
                ("required", .bool(declaration.isRequired)),
                ("secret", .bool(declaration.isSecret)),
                ("description", MessageView.text(declaration.summary)),
                ("default", declaration.fallback ?? .null),
            ])
        )
    }

    /// What is wrong with the files of the template; those that several share count for none.
    private static func faults(of name: String, _ templates: any MailTemplates) -> [String] {
        templates.faults.filter { $0.file.hasPrefix("\(name)/") }.map(\.description)
    }
}
