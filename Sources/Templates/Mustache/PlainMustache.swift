// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Mustache as the published spec has it, for `posthaste templates eval`.
package enum PlainMustache {
    /// The output of `source` for `data`; `partials` gives the text of a partial, nil for none.
    package static func render(
        source: String,
        name: String,
        data: JSON,
        partials: @escaping (String) -> String?
    ) throws(TemplateError) -> String {
        var output: [UInt8] = []
        try MustacheTemplate.compile(source, name: name).render(data, partials: partials, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
