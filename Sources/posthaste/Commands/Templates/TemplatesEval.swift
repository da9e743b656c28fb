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
    @Option(name: .long, help: "The folder of the partials, NAME.mustache.")
    var partials: String?

    func run() async throws {
        let source = try InputFile.text(file)
        let values = try InputFile.json(data)
        do throws(TemplateError) {
            let folder = partials
            let result = try PlainMustache.render(source: source, name: file, data: values) { name in
                folder.flatMap { Self.partial(name, in: $0) }
            }
            Terminal.bytes(Array(result.utf8))
        } catch {
            throw CommandFailure(error.report)
        }
    }

    /// A partial that is missing renders as nothing; a name never leads out of the folder.
    private static func partial(_ name: String, in folder: String) -> String? {
        guard !name.split(separator: "/").contains("..") else { return nil }
        return try? String(contentsOf: URL(filePath: "\(folder)/\(name).mustache"), encoding: .utf8)
    }
}
