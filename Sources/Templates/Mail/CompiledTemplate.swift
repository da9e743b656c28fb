// SPDX-License-Identifier: Apache-2.0
package import JSON

/// A template in one brand and locale, ready to render.
package struct CompiledTemplate: Sendable {
    struct Programs: Sendable {
        let subject: Program
        let html: Program?
        let text: Program
    }

    package let name: String
    package let brand: Brand
    /// The locale that it speaks.
    package let locale: String
    package let category: String?
    package let summary: String?
    package let variables: [VariableDeclaration]
    /// Data that renders.
    package let sample: JSON
    package let sources: TemplateBundle
    let samplePosition: Position
    let positions: [String: Position]
    /// Variables that the subject or a part uses.
    let usedNames: Set<String>
    private let programs: Programs

    init(
        name: String,
        brand: Brand,
        locale: String,
        manifest: TemplateManifest,
        programs: Programs,
        sources: TemplateBundle,
        usedNames: Set<String>
    ) {
        self.name = name
        self.brand = brand
        self.locale = locale
        category = manifest.category
        summary = manifest.summary
        variables = manifest.variables
        sample = .object(manifest.sample)
        samplePosition = manifest.samplePosition
        positions = manifest.positions
        self.sources = sources
        self.programs = programs
        self.usedNames = usedNames
    }

    /// Variables whose values are sealed in the store and masked everywhere else.
    package var secretNames: Set<String> { Set(variables.filter(\.isSecret).map(\.name)) }

    /// The JSON Schema of the data.
    package var jsonSchema: JSON { variables.jsonSchema }

    /// All that is wrong with `data`, with pointers below `/data`; variables in `lateBound` are taken as given.
    package func validate(_ data: JSON, lateBound: Set<String> = []) -> [VariableFault] {
        let pointer = JSONPointer.root.appending("data")
        guard data.isNull || data.object != nil else {
            return [VariableFault(pointer: pointer, detail: "expected an object, found \(data.typeName)")]
        }
        var check = VariableCheck()
        check.check(data.object ?? JSONObject(), variables, at: pointer, given: lateBound)
        return check.faults
    }

    /// Renders data that has passed ``validate(_:lateBound:)``.
    ///
    /// Throws when a value cannot stand in its place, such as an address with a scheme that is not allowed.
    package func render(_ data: JSON) throws(TemplateError) -> RenderedMail {
        let html = try programs.html.map { program throws(TemplateError) in try bytes(program, data) }
        return RenderedMail(
            subject: TextPart.line(try bytes(programs.subject, data)),
            html: html.map { String(decoding: $0, as: UTF8.self) },
            text: TextPart.trimmed(try bytes(programs.text, data)),
            warnings: RenderedMail.warnings(htmlLength: html?.count ?? 0)
        )
    }

    private func bytes(_ program: Program, _ data: JSON) throws(TemplateError) -> [UInt8] {
        var renderer = Renderer(data: data)
        renderer.output.reserveCapacity(program.text.count + program.text.count / 4 + 256)
        try renderer.run(program)
        return renderer.output
    }
}
