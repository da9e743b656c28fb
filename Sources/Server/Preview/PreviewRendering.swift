// SPDX-License-Identifier: Apache-2.0
internal import Boundary
internal import JSON
internal import Templates

/// Renders the selection and reports all its faults.
struct PreviewRendering {
    let library: TemplateLibrary
    let mails: PreviewMails

    /// `{subject, text, html, mail, …}`; a mail that cannot be rendered has `faults`, `syntax` or `error` instead.
    func answer(_ selection: PreviewSelection) -> JSON {
        var answer = JSONObject()
        let fault = fault(selection)
        if let fault { answer["error"] = Self.json(fault) }
        let found = library.template(selection.template, brand: selection.brand, locale: selection.locale)
        guard let template = found else {
            let missing = TemplateError(file: selection.template, message: "there is no such template in this brand")
            answer["error"] = Self.json(fault ?? missing)
            return .object(answer)
        }
        answer["locale"] = .string(template.locale)
        answer["from"] = template.brand.from.map(JSON.string) ?? .null
        answer["sample"] = .string(template.sample.text(pretty: true))
        do throws(JSONSyntaxError) {
            render(template, try selection.values() ?? template.sample, &answer)
        } catch {
            answer["syntax"] = [
                "line": .integer(error.line), "column": .integer(error.column), "reason": .string(error.reason),
            ]
        }
        return .object(answer)
    }

    private func render(_ template: CompiledTemplate, _ data: JSON, _ answer: inout JSONObject) {
        let faults = template.validate(data)
        guard faults.isEmpty else {
            answer["faults"] = .array(
                faults.map { fault in
                    ["pointer": .string(fault.pointer.description), "detail": .string(fault.detail)]
                }
            )
            return
        }
        do throws(TemplateError) {
            let mail = try template.render(data)
            answer["subject"] = .string(mail.subject)
            answer["text"] = .string(mail.text)
            answer["warnings"] = .array(mail.warnings.map(JSON.string))
            guard let html = mail.html else { return }
            answer["html"] = .string(html)
            answer["mail"] = .string("/mail/\(mails.keep(html))")
        } catch {
            guard let variable = error.variable else { return answer["error"] = Self.json(error) }
            answer["faults"] = [["pointer": .string("/data/\(variable)"), "detail": .string(error.message)]]
        }
    }

    /// A fault in a file of this mail, because of which the mail does not show the current files.
    private func fault(_ selection: PreviewSelection) -> TemplateError? {
        let folders = [
            "\(selection.template)/", "layouts/", "partials/", "brands/\(selection.brand)/", "brands/default/",
        ]
        return folders.lazy.compactMap { folder in library.faults.first { $0.file.hasPrefix(folder) } }.first
    }

    private static func json(_ error: TemplateError) -> JSON {
        .object(
            JSONObject([
                ("file", .string(error.file)), ("line", .integer(error.line)), ("column", .integer(error.column)),
                ("message", .string(error.message)), ("excerpt", error.excerpt.map(JSON.string) ?? .null),
            ])
        )
    }
}
