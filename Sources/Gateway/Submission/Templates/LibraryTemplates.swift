// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
import Mail
import Synchronization
package import Templates

/// The templates and brands of a folder.
package final class LibraryTemplates: MailTemplates {
    /// The templates compiled from one snapshot of the folder.
    private struct Known {
        var snapshot: TemplateLibrary.Snapshot
        var brands: [String: MailBrand]
        var templates: [Key: LibraryTemplate] = [:]
    }

    /// The most entries kept; each holds its programs and their source.
    private static let mostKept = 512

    private struct Key: Hashable {
        let name: String
        let brand: String
        let locale: String?
    }

    private let library: TemplateLibrary
    private let parse: @Sendable ([UInt8]) -> JSON?
    private let known: Mutex<Known>

    /// `parse` reads JSON; nil for invalid JSON.
    package init(_ library: TemplateLibrary, parse: @escaping @Sendable ([UInt8]) -> JSON?) {
        self.library = library
        self.parse = parse
        known = Mutex(Self.known(of: library.snapshot))
    }

    package var brandNames: [String] { library.snapshot.brands }
    package var templateNames: [String] { library.snapshot.names }
    package var faults: [TemplateError] { library.snapshot.faults }
    package var brokenNames: [String] { library.snapshot.brokenNames }

    package func faults(of template: String, brand: String?) -> [TemplateError] {
        library.snapshot.faults(of: template, brand: brand)
    }

    package func locales(of template: String) -> [String] { library.snapshot.locales(of: template) }

    package func brand(_ name: String) -> MailBrand? {
        let snapshot = library.snapshot
        return known.withLock { known in
            Self.follow(snapshot, &known)
            return known.brands[name]
        }
    }

    package func template(_ name: String, brand: String, locale: String?) -> (any MailTemplate)? {
        let snapshot = library.snapshot
        // Keyed by the locale found, because the requested one is arbitrary input.
        let found = snapshot.locale(of: name, brand: brand, for: locale)
        let key = Key(name: name, brand: brand, locale: found)
        let template = known.withLock { known in
            Self.follow(snapshot, &known)
            return known.templates[key]
        }
        if let template { return template }
        guard let compiled = snapshot.template(name, brand: brand, locale: found) else { return nil }
        let made = LibraryTemplate(compiled)
        known.withLock { known in
            guard known.snapshot === snapshot else { return }
            if known.templates.count >= Self.mostKept { known.templates.removeAll(keepingCapacity: true) }
            known.templates[key] = made
        }
        return made
    }

    package func template(stored bundle: [UInt8]) throws(TemplateError) -> any MailTemplate {
        guard let json = parse(bundle), let sources = TemplateBundle(json: json) else {
            throw TemplateError(file: "template version", message: "cannot be read")
        }
        return LibraryTemplate(try sources.compile(), bundle: bundle)
    }

    private static func follow(_ snapshot: TemplateLibrary.Snapshot, _ known: inout Known) {
        if known.snapshot !== snapshot { known = Self.known(of: snapshot) }
    }

    private static func known(of snapshot: TemplateLibrary.Snapshot) -> Known {
        var brands: [String: MailBrand] = [:]
        for name in snapshot.brands {
            let brand = snapshot.brand(name)
            let replyTo = brand?.replyTo.flatMap(mailbox)
            brands[name] = MailBrand(
                name: name,
                from: brand?.from.flatMap(mailbox),
                replyTo: replyTo.map { [$0] } ?? []
            )
        }
        return Known(snapshot: snapshot, brands: brands)
    }

    private static func mailbox(_ text: String) -> Mailbox? {
        // `config check` reports an unusable address; a brand without an address requires one in the request.
        try? Mailbox(parsing: text)
    }
}

/// A compiled template with its stored bytes.
final class LibraryTemplate: MailTemplate {
    private let compiled: CompiledTemplate
    let bundle: [UInt8]
    let version: ContentHash

    /// Whether the value of some variable is HTML.
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
    var list: String? { compiled.list }
    var needsList: Bool { compiled.needsList }
    var unsubscribeVariable: String? { compiled.unsubscribeVariable }
    var summary: String? { compiled.summary }
    var sample: JSON { compiled.sample }
    var variables: [VariableDeclaration] { compiled.variables }
    var hasHTML: Bool { compiled.hasHTML }

    func faults(in data: JSON, given: Set<String>) -> [VariableFault] {
        let faults = compiled.validate(data, lateBound: given)
        guard faults.isEmpty, given.isEmpty, takesHTML else { return faults }
        // Some properties of HTML, such as links to foreign hosts, show only when it is sanitized.
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

extension VariableDeclaration {
    /// True when the variable or any field in it is secret; its whole value is sealed then.
    var holdsSecret: Bool { isSecret || type.holdsSecret }
}

extension VariableType {
    fileprivate var holdsSecret: Bool {
        switch self {
        case .list(let item): item.holdsSecret
        case .object(let fields): fields.contains { $0.holdsSecret }
        case .string, .number, .boolean, .date, .money, .url, .email, .html: false
        }
    }
}
