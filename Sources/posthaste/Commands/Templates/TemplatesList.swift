// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway
import Templates

struct TemplatesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Templates and their variables.")

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let settings = try config.load().settings
        let templates = OpenTemplates(settings).templates
        if output.json {
            return Terminal.json(TemplateView.list(templates, for: .commandLine, defaultBrand: settings.defaultBrand))
        }
        var table = Table("NAME", "CATEGORY", "VARIABLES (* REQUIRED)", "DESCRIPTION")
        for name in templates.templateNames {
            guard let template = templates.template(name, brand: settings.defaultBrand, locale: nil) else { continue }
            let variables = template.variables.map { $0.isRequired ? "\($0.name)*" : $0.name }
            table.add(name, template.category, variables.joined(separator: " "), template.summary)
        }
        table.show()
    }
}
