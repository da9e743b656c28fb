// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Mustache according to the published spec, for `posthaste templates eval`.
package enum PlainMustache {
    /// Renders `source` with `data`; `partials` returns the text of a partial, nil for none.
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
