// SPDX-License-Identifier: Apache-2.0
import JSON

@testable import Templates

/// A template made from a body and one line for each variable.
enum MailFixture {
    static let brand = """
        name: Westside & Co
        from: Westside <no-reply@westside.example>
        logo: https://westside.example/logo.png
        colours: { light: { primary: "#2f51c4" } }
        font: Arial, 'Segoe UI', sans-serif
        links: { home: "https://westside.example/" }
        link_hosts: []
        """

    static func bundle(
        _ body: String,
        variables: String =
            "  x: { type: string }\n  u: { type: string }\n  h: { type: html }\n  l: { type: list, of: string }",
        files: [String: String] = [:]
    ) -> TemplateBundle {
        var texts = [
            "brands/default/brand.yaml": brand,
            "t/template.yaml": "subject: 'S {{x}}'\nvariables:\n\(variables)\n",
            "t/body.html": body,
        ]
        texts.merge(files) { $1 }
        return TemplateBundle(
            template: "t",
            brand: "default",
            locale: nil,
            files: texts.mapValues { Array($0.utf8) }
        )
    }

    static func html(_ body: String, _ data: JSON) throws(TemplateError) -> String {
        try bundle(body).compile().render(data).html ?? ""
    }
}
