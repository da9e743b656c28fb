// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
import Templates

/// The API's representation of templates.
package enum TemplateView {
    /// All templates of the principal's brands.
    package static func list(_ templates: any MailTemplates, for principal: Principal, defaultBrand: String) -> JSON {
        let names = (templates.templateNames + templates.brokenNames).sorted()
        let views = names.compactMap { name in
            template(name, templates, for: principal, defaultBrand: defaultBrand)
        }
        return .object(JSONObject([("templates", .array(views))]))
    }

    /// One template, in the default brand or else the first one that the principal may see; nil when there is none.
    ///
    /// A template that cannot be sent has only its name and its faults.
    package static func template(
        _ name: String,
        _ templates: any MailTemplates,
        for principal: Principal,
        defaultBrand: String
    ) -> JSON? {
        let visible = templates.brandNames.filter { principal.sees(brand: $0) }
        let brands = visible.filter { $0 == defaultBrand } + visible
        let found = brands.lazy.compactMap { templates.template(name, brand: $0, locale: nil) }.first
        guard found != nil || templates.brokenNames.contains(name) else { return nil }
        return view(name, found, templates, brands: found == nil ? [] : visible)
    }

    private static func view(
        _ name: String,
        _ template: (any MailTemplate)?,
        _ templates: any MailTemplates,
        brands: [String]
    ) -> JSON {
        let declared = template?.variables ?? []
        let faults = templates.faults(of: name, brand: nil).map(\.description)
        return .object(
            JSONObject([
                ("name", .string(name)),
                ("description", MessageView.text(template?.summary)),
                ("category", MessageView.text(template?.category)),
                ("version", MessageView.text(template?.version.description)),
                ("brands", .array(brands.map(JSON.string))),
                ("locales", .array(templates.locales(of: name).map(JSON.string))),
                ("variables", .object(JSONObject(declared.map { ($0.name, variable($0)) }))),
                ("schema", declared.jsonSchema),
                ("sample", template?.sample ?? .object(JSONObject())),
                ("fault", faults.isEmpty ? .null : .string(faults.joined(separator: "\n"))),
                ("faults", .array(faults.map(JSON.string))),
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
}
