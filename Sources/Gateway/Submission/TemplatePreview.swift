// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
import Queue
import Templates

extension MessageSubmission {
    /// Renders a template as a message would be.
    ///
    /// `{"brand", "locale", "data"}` gives `{"subject", "html", "text", "warnings"}`.
    ///
    /// Without `data` the template's sample is rendered. Throws 403 without scope `send` or for a brand outside the
    /// key's, 404 for an unknown template, 422 with all faults of the body.
    package func preview(_ name: String, _ body: JSON, from principal: Principal) throws(Problem) -> JSON {
        try checkScope(principal)
        let (context, _) = self.context(principal)
        let (template, data) = try SendRequestCheck.preview(name, body, in: context)
        do throws(TemplateError) {
            let content = if let data { try template.render(data) } else { try template.renderSample() }
            return .object(
                JSONObject([
                    ("subject", .string(content.subject)), ("html", MessageView.text(content.html)),
                    ("text", .string(content.text)), ("warnings", .array(content.warnings.map(JSON.string))),
                ])
            )
        } catch {
            let place = JSONPointer.root.appending("data")
            throw .invalidRequest([Problem.Fault(error.variable.map { place.appending($0) } ?? place, error.message)])
        }
    }
}

extension SendRequestCheck {
    /// The template that `body` names, and the data for it; without data the sample is requested.
    static func preview(
        _ name: String,
        _ body: JSON,
        in context: Context
    ) throws(Problem) -> (template: any MailTemplate, data: JSON?) {
        guard case .object(let fields) = body else {
            throw .invalidRequest([Problem.Fault(.root, "expected an object, found \(body.typeName)")])
        }
        let data = fields["data"]
        let named = fields.filter { $0.key == "brand" || $0.key == "locale" }.map { ($0.key, $0.value) }
        var reader = SendRequestReader(JSONObject(named), at: RequestPlaces())
        let known = ["brand", "locale", "data"]
        for (name, _) in fields where !known.contains(name) && !reader.faults.isFull {
            let place = JSONPointer.root.appending(name)
            reader.faults.invalid(place, "is no field of a render request\(NearestName.hint(name, among: known))")
        }
        let request = reader.request(via: .api)
        var check = SendRequestCheck(request, in: context, faults: reader.faults)
        let (brand, locale) = (check.checkedBrand(), check.checkedLocale())
        guard let template = context.templates.template(name, brand: brand.name, locale: locale) else {
            guard context.templates.faults(of: name, brand: brand.name).isEmpty else {
                let details = context.templates.absence(of: name, brand: brand.name)
                throw .invalidRequest(details.map { Problem.Fault(.root, $0) })
            }
            throw .notFound("There is no template of this name.")
        }
        if let value = data {
            for fault in template.faults(in: value, given: []) { check.faults.invalid(fault.pointer, fault.detail) }
        }
        if let problem = check.faults.problem { throw problem }
        return (template, data)
    }
}
