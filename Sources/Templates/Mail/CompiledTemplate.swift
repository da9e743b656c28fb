// SPDX-License-Identifier: Apache-2.0
package import JSON

/// A template in one brand and locale, ready to render.
package struct CompiledTemplate: Sendable {
    private struct Programs: Sendable {
        let subject: Program
        var html: Program?
        var text: Program

        var withoutLinkHosts: Programs {
            var result = self
            result.html?.linkHosts = []
            result.text.linkHosts = []
            return result
        }
    }

    let edition: TemplateEdition
    private let brandEdition: BrandEdition
    /// The requested locale; nil for the brand's.
    let requested: String?
    private let programs: Programs

    /// False when its mail has a text part only.
    package var hasHTML: Bool { programs.html != nil }

    /// Throws when a used value of the brand is not set or is refused in its context.
    init(_ edition: TemplateEdition, _ brand: BrandEdition, requested: String?) throws(TemplateError) {
        (self.edition, brandEdition, self.requested) = (edition, brand, requested)
        let values = FixedValues(edition, brand.brand)
        programs = Programs(
            subject: try ProgramMaker.program(edition.parts.subject, values),
            html: try edition.parts.html.map { part throws(TemplateError) in try ProgramMaker.program(part, values) },
            text: try ProgramMaker.program(edition.parts.text, values)
        )
    }

    package var name: String { edition.name }
    package var brand: Brand { brandEdition.brand }
    /// The locale of the mail.
    package var locale: String { edition.locale }
    package var category: String? { edition.manifest.category }
    package var summary: String? { edition.manifest.summary }
    /// The list that recipients may unsubscribe from, where a message names no other.
    package var list: String? { edition.manifest.list }
    /// Whether it shows the address for unsubscribing whatever the data is, so that its mail must belong to a list.
    package var needsList: Bool { edition.parts.unsubscribing.isNeeded }
    /// The variable for which the gateway gives the address for unsubscribing; nil for a template that declares it itself.
    package var unsubscribeVariable: String? { edition.manifest.names.first { $0.isGatewayValue }?.name }
    package var variables: [VariableDeclaration] { edition.manifest.variables }
    /// Sample data, which renders.
    package var sample: JSON { .object(edition.manifest.sample) }

    /// The source files, for storage.
    package var sources: TemplateBundle {
        TemplateBundle(
            template: name,
            brand: brand.id,
            locale: requested,
            files: edition.files.merging(brandEdition.files) { first, _ in first }
        )
    }

    /// Variables whose values are sealed in the store and masked elsewhere.
    package var secretNames: Set<String> { Set(variables.filter(\.isSecret).map(\.name)) }

    /// The JSON Schema of the data.
    package var jsonSchema: JSON { variables.jsonSchema }

    /// All faults of `data`, with pointers below `/data`; variables in `lateBound` count as present.
    ///
    /// This includes links to hosts that are not in the brand's `link_hosts`.
    package func validate(_ data: JSON, lateBound: Set<String> = []) -> [VariableFault] {
        let faults = dataFaults(data, lateBound)
        guard !brand.linkHosts.isEmpty else { return faults }
        let known = Set(faults.map(\.pointer))
        return faults + linkFaults(data, lateBound).filter { !known.contains($0.pointer) }
    }

    private func dataFaults(_ data: JSON, _ lateBound: Set<String>) -> [VariableFault] {
        let pointer = JSONPointer.root.appending("data")
        guard data.isNull || data.object != nil else {
            return [VariableFault(pointer: pointer, detail: "expected an object, found \(data.typeName)")]
        }
        var check = VariableCheck()
        check.check(data.object ?? JSONObject(), variables, at: pointer, given: lateBound)
        return check.faults
    }

    private func linkFaults(_ data: JSON, _ lateBound: Set<String>) -> [VariableFault] {
        guard !brand.linkHosts.isEmpty else { return [] }
        var check = LinkCheck(hosts: brand.linkHosts)
        for path in edition.parts.links.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard let name = path.first, !lateBound.contains(name) else { continue }
            check.check(data, path[...], at: JSONPointer.root.appending("data"))
        }
        return check.faults
    }

    /// Renders data that has passed ``validate(_:lateBound:)``.
    ///
    /// Throws when a value is refused in its context, such as a URL with a forbidden scheme.
    package func render(_ data: JSON) throws(TemplateError) -> RenderedMail {
        let mail = try render(data, programs)
        if let fault = linkFaults(data, []).first {
            let variable = fault.pointer.description.split(separator: "/").dropFirst().first.map(String.init)
            let message = "`\(variable ?? "")` \(fault.detail)"
            throw TemplateError(file: "\(name)/template.yaml", message: message, variable: variable)
        }
        return mail
    }

    /// Renders the sample; its links may lead to any host, because an author does not know the hosts of every brand.
    package func renderSample() throws(TemplateError) -> RenderedMail {
        if let fault = dataFaults(sample, []).first {
            let name = fault.pointer.description.dropFirst("/data".count)
            throw edition.manifest.samplePosition.error("the sample does not fit: \(name) \(fault.detail)")
        }
        return try render(sample, programs.withoutLinkHosts)
    }

    private func render(_ data: JSON, _ programs: Programs) throws(TemplateError) -> RenderedMail {
        let data = prepared(data)
        let html = try programs.html.map { program throws(TemplateError) in try bytes(program, data) }
        return RenderedMail(
            subject: TextPart.line(try bytes(programs.subject, data)),
            html: html.map { String(decoding: $0, as: UTF8.self) },
            text: TextPart.trimmed(try bytes(programs.text, data)),
            warnings: RenderedMail.warnings(htmlLength: html?.count ?? 0)
        )
    }

    /// The address for unsubscribing that previews show.
    static let exampleURL = "https://mail.example.org/u/example"

    /// `data` with the plural categories that the template uses, and with an address for unsubscribing: the message
    /// builder gives that of the message, previews have none.
    func prepared(_ data: JSON) -> JSON {
        var data = data
        if list != nil || needsList, let name = unsubscribeVariable, data[name]?.isNull ?? true {
            var members = data.object ?? JSONObject()
            members[name] = .string(Self.exampleURL)
            data = .object(members)
        }
        let plurals = edition.parts.plurals
        return plurals.isEmpty ? data : PluralUse.prepare(data, plurals, locale: locale)
    }

    private func bytes(_ program: Program, _ data: JSON) throws(TemplateError) -> [UInt8] {
        var renderer = Renderer(data: data)
        renderer.output.reserveCapacity(program.text.count + program.text.count / 4 + 256)
        try renderer.run(program)
        return renderer.output
    }
}
