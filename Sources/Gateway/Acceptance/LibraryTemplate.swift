// SPDX-License-Identifier: Apache-2.0
import JSON
import Templates

/// A compiled template with the bytes that it is stored as.
final class LibraryTemplate: MailTemplate {
    private let compiled: CompiledTemplate
    let bundle: [UInt8]
    let version: ContentHash

    convenience init(_ compiled: CompiledTemplate) {
        self.init(compiled, bundle: compiled.sources.json.encoded())
    }

    init(_ compiled: CompiledTemplate, bundle: [UInt8]) {
        self.compiled = compiled
        self.bundle = bundle
        version = ContentHash(of: bundle)
    }

    var name: String { compiled.name }
    var category: String? { compiled.category }
    var summary: String? { compiled.summary }
    var sample: JSON { compiled.sample }
    var variables: [VariableDeclaration] { compiled.variables }

    func faults(in data: JSON, given: Set<String>) -> [VariableFault] { compiled.validate(data, lateBound: given) }

    func render(_ data: JSON) throws(TemplateError) -> MailContent { Self.content(try compiled.render(data)) }

    func renderSample() throws(TemplateError) -> MailContent { Self.content(try compiled.renderSample()) }

    private static func content(_ mail: RenderedMail) -> MailContent {
        MailContent(subject: mail.subject, html: mail.html, text: mail.text, warnings: mail.warnings)
    }
}
