// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import JSON
import Submission
import Templates

struct TemplatesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Templates and their variables.",
        discussion: "With --json: the JSON Schema of the variables, locales, sample and faults of each."
    )

    @OptionGroup var source: TemplatesOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let work = try source.open()
        if output.json { return Terminal.json(Self.json(work)) }
        var table = Table("NAME", "CATEGORY", "LOCALES", "VARIABLES (* REQUIRED)", "DESCRIPTION")
        for name in work.library.names {
            guard let template = Self.template(name, work) else { continue }
            let variables = template.variables.map { $0.isRequired ? "\($0.name)*" : $0.name }
            table.add(
                name,
                template.category,
                work.locales(of: name, brand: template.brand.id).joined(separator: " "),
                variables.joined(separator: " "),
                template.summary
            )
        }
        for name in work.faultyNames { table.add(name, nil, nil, nil, "has faults: see `posthaste templates lint`") }
        table.show()
        for fault in work.library.faults { Terminal.error(MessageText.printable(fault.description)) }
    }

    /// The template in the default brand, or else in the first brand that has it.
    private static func template(_ name: String, _ work: TemplateWork) -> CompiledTemplate? {
        let brands = [work.defaultBrand] + work.library.brands
        return brands.lazy.compactMap { work.library.template(name, brand: $0) }.first
    }

    private static func json(_ work: TemplateWork) -> JSON {
        let list = TemplateView.list(work.open.templates, for: .commandLine, defaultBrand: work.defaultBrand)
        var views: [JSON] = []
        for view in list["templates"]?.array ?? [] {
            guard var members = view.object, let name = members["name"]?.string else { continue }
            let brand = template(name, work)?.brand.id ?? work.defaultBrand
            members["locales"] = .array(work.locales(of: name, brand: brand).map(JSON.string))
            members["faults"] = faults(of: name, work)
            views.append(.object(members))
        }
        for name in work.faultyNames {
            let words = work.faults(of: name).map(\.description).joined(separator: "\n")
            views.append(["name": .string(name), "fault": .string(words), "faults": faults(of: name, work)])
        }
        return ["templates": .array(views), "faults": .array(work.library.faults.map(FindingView.json))]
    }

    private static func faults(of name: String, _ work: TemplateWork) -> JSON {
        .array(work.faults(of: name).map(FindingView.json))
    }
}
