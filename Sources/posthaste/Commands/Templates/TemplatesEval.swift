// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import JSON
import Templates

struct TemplatesEval: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Plain Mustache, as its published spec has it."
    )

    @Argument(help: "The template, - for standard input.")
    var file: String
    @Option(name: .long, help: "A JSON file with the data, - for standard input.")
    var data: String
    @Option(name: .long, help: "The folder of the partials, NAME.mustache.", completion: .directory)
    var partials: String?

    func validate() throws {
        if file == "-", data == "-" { throw ValidationError("Only one of the template and --data can be -.") }
    }

    func run() async throws {
        let source = try InputFile.text(file)
        let values = try InputFile.json(data)
        let folder = try partials.map { path throws(CommandFailure) in try PartialFolder(path) }
        let name = file == "-" ? "standard input" : file
        do throws(TemplateError) {
            let result = try PlainMustache.render(source: source, name: name, data: values) { folder?.text($0) }
            if let failure = folder?.failure { throw failure.error }
            Terminal.bytes(Array(result.utf8))
        } catch {
            let named = error.file == name ? error : folder?.named(error) ?? error
            throw CommandFailure(.failed, TemplateWork.lines(named))
        }
    }
}
