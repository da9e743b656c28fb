// SPDX-License-Identifier: Apache-2.0
import JSON
import Templates

/// A compiled template with the bytes that it is stored as.
final class LibraryTemplate: MailTemplate {
    private let compiled: CompiledTemplate
    let bundle: [UInt8]
    let version: ContentHash

    /// Whether some variable brings HTML in.
    private let takesHTML: Bool

    convenience init(_ compiled: CompiledTemplate) {
        self.init(compiled, bundle: compiled.sources.json.encoded())
    }

    init(_ compiled: CompiledTemplate, bundle: [UInt8]) {
        self.compiled = compiled
        self.bundle = bundle
        version = ContentHash(of: bundle)
        takesHTML = compiled.variables.contains { $0.type.holdsHTML }
    }

    var name: String { compiled.name }
    var category: String? { compiled.category }
    var summary: String? { compiled.summary }
    var sample: JSON { compiled.sample }
    var variables: [VariableDeclaration] { compiled.variables }

    func faults(in data: JSON, given: Set<String>) -> [VariableFault] {
        let faults = compiled.validate(data, lateBound: given)
        guard faults.isEmpty, given.isEmpty, takesHTML else { return faults }
        // What HTML holds, such as links to foreign hosts, shows only when it is cleaned.
        do throws(TemplateError) {
            _ = try compiled.render(data)
            return []
        } catch {
            let data = JSONPointer.root.appending("data")
            return [VariableFault(pointer: error.variable.map { data.appending($0) } ?? data, detail: error.message)]
        }
    }

    func render(_ data: JSON) throws(TemplateError) -> MailContent { Self.content(try compiled.render(data)) }

    func renderSample() throws(TemplateError) -> MailContent { Self.content(try compiled.renderSample()) }

    private static func content(_ mail: RenderedMail) -> MailContent {
        MailContent(subject: mail.subject, html: mail.html, text: mail.text, warnings: mail.warnings)
    }
}

extension VariableType {
    fileprivate var holdsHTML: Bool {
        switch self {
        case .html: true
        case .list(let item): item.holdsHTML
        case .object(let fields): fields.contains { $0.type.holdsHTML }
        default: false
        }
    }
}
