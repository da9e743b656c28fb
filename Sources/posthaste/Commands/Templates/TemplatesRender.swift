// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Gateway
import JSON
import Templates

struct TemplatesRender: AsyncParsableCommand {
    enum Part: String, ExpressibleByArgument, CaseIterable {
        case html, text, subject
    }

    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "A template with data, or with its sample."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The template's name.")
    var name: String
    @Option(name: .long, help: "The brand (else the default one).")
    var brand: String?
    @Option(name: .long, help: "The language, such as fr or fr-CA.")
    var locale: String?
    @Option(name: .long, help: "A JSON file with the variables, - for standard input (else the sample).")
    var data: String?
    @Option(name: .long, help: "Print this part alone.")
    var part: Part?
    @Flag(name: .long, help: "Show the HTML part in a browser.")
    var open = false

    func run() async throws {
        let settings = try config.load().settings
        let templates = OpenTemplates(settings).templates
        let (content, warnings) = try render(templates, settings)
        for warning in warnings { Terminal.error("warning: \(warning)") }
        if open { return try show(content.html ?? content.text) }
        if output.json { return Terminal.json(Self.json(content)) }
        switch part {
        case .html?: Terminal.line(content.html ?? "")
        case .text?: Terminal.line(content.text)
        case .subject?: Terminal.line(content.subject)
        case nil: Terminal.line("Subject: \(content.subject)\n\n\(content.text)")
        }
    }

    private func render(
        _ templates: any MailTemplates,
        _ settings: GatewaySettings
    ) throws(CommandFailure) -> (MailContent, [String]) {
        let brand = brand ?? settings.defaultBrand
        guard templates.brandNames.contains(brand) else {
            throw CommandFailure(
                "there is no brand `\(brand)`; the brands are \(templates.brandNames.joined(separator: ", "))"
            )
        }
        guard let template = templates.template(name, brand: brand, locale: locale) else {
            let known = templates.templateNames
            let nearest = NearestName.of(name, among: known).map { "did you mean `\($0)`?" }
            let faults = templates.faults.filter { $0.file.hasPrefix("\(name)/") }.map(\.description)
            if !faults.isEmpty { throw CommandFailure(.failed, faults) }
            throw CommandFailure(
                "there is no template `\(name)`; \(nearest ?? "they are \(known.joined(separator: ", "))")"
            )
        }
        let values = try data.map { path throws(CommandFailure) in try InputFile.json(path) } ?? template.sample
        let faults = template.faults(in: values, given: [])
        guard faults.isEmpty else {
            throw CommandFailure(.failed, faults.map { "\($0.pointer): \($0.detail)" })
        }
        do {
            let content = try template.render(values)
            return (content, content.warnings)
        } catch {
            throw CommandFailure(error.report)
        }
    }

    private static func json(_ content: MailContent) -> JSON {
        .object(
            JSONObject([
                ("subject", .string(content.subject)), ("html", content.html.map(JSON.string) ?? .null),
                ("text", .string(content.text)), ("warnings", .array(content.warnings.map(JSON.string))),
            ])
        )
    }

    private func show(_ html: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "posthaste-\(name).html")
        try Data(html.utf8).write(to: file)
        let path = file.path(percentEncoded: false)
        let opener = Process()
        opener.executableURL = URL(filePath: "/usr/bin/xdg-open")
        opener.arguments = [path]
        // Without a desktop the name of the file is all that can be given.
        try? opener.run()
        Terminal.line(path)
    }
}
