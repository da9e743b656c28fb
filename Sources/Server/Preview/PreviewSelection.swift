// SPDX-License-Identifier: Apache-2.0
internal import Boundary
internal import Gateway
internal import JSON
internal import Templates

/// What the page asks to see: a template in a brand and locale, with data as they were typed.
struct PreviewSelection {
    let template: String
    let brand: String
    /// Nil for the brand's.
    let locale: String?
    /// JSON text, perhaps unfinished; nil for the sample.
    let data: String?

    init(_ body: JSON) throws(Refusal) {
        guard let template = body["template"]?.string, let brand = body["brand"]?.string else {
            throw Refusal(.invalidRequest([Problem.Fault(.root, "`template` and `brand` are missing")]))
        }
        self.template = template
        self.brand = brand
        locale = body["locale"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        data = body["data"]?.string
    }

    /// The typed data; nil for the sample, which has the template's own.
    func values() throws(JSONSyntaxError) -> JSON? {
        guard let data else { return nil }
        let bytes = Array(data.utf8)
        guard JSONTokens.verdict(bytes) == .reasonable else {
            throw JSONSyntaxError(line: 1, column: 1, reason: "these are too many values")
        }
        return try JSONReader.read(bytes)
    }
}
