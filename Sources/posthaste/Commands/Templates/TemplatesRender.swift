// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
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

    @OptionGroup var source: TemplatesOptions
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
    @Flag(name: .long, help: "Show the mail, or the part, in a browser; without one its file is named.")
    var open = false

    func run() async throws {
        let work = try source.open(only: [name])
        let mail = try render(work)
        for warning in mail.warnings { Terminal.error("warning: \(warning)") }
        if open { return try show(mail) }
        if output.json { return Terminal.json(Self.json(mail)) }
        switch part {
        case .html?:
            guard let html = mail.html else { throw CommandFailure("`\(name)` has no HTML part") }
            Terminal.line(html)
        case .text?: Terminal.bytes(Array(mail.text.utf8))
        case .subject?: Terminal.line(mail.subject)
        case nil: Terminal.bytes(Array("Subject: \(mail.subject)\n\n\(mail.text)".utf8))
        }
    }

    private func render(_ work: TemplateWork) throws(CommandFailure) -> RenderedMail {
        let brand = try work.brand(brand)
        try work.check(template: name)
        // A locale with a faulty file must not fall back to another locale here.
        let faults = work.faults(of: name).flatMap(TemplateWork.lines)
        guard faults.isEmpty else { throw CommandFailure(.failed, faults) }
        guard let template = work.library.template(name, brand: brand, locale: locale) else {
            let faults = work.library.faults.flatMap(TemplateWork.lines)
            throw CommandFailure(.failed, ["`\(name)` cannot be rendered in the brand `\(brand)`"] + faults)
        }
        let values = try data.map { path throws(CommandFailure) in try InputFile.json(path) } ?? template.sample
        let wrong = template.validate(values)
        guard wrong.isEmpty else {
            throw CommandFailure(.failed, wrong.map { MessageText.printable("\($0.pointer): \($0.detail)") })
        }
        do {
            return try template.render(values)
        } catch {
            throw CommandFailure(.failed, TemplateWork.lines(error))
        }
    }

    private static func json(_ mail: RenderedMail) -> JSON {
        .object(
            JSONObject([
                ("subject", .string(mail.subject)), ("html", mail.html.map(JSON.string) ?? .null),
                ("text", .string(mail.text)), ("warnings", .array(mail.warnings.map(JSON.string))),
            ])
        )
    }

    private func show(_ mail: RenderedMail) throws(CommandFailure) {
        let (content, type) =
            switch part {
            case .text?: (mail.text, "txt")
            case .subject?: (mail.subject, "txt")
            case .html?, nil: mail.html.map { ($0, "html") } ?? (mail.text, "txt")
            }
        let stem = name.replacing("/", with: "-")
        let path = try Browser.write(content, named: "\(stem).\(type)")
        Browser.open(path)
        Terminal.line(path)
    }
}
