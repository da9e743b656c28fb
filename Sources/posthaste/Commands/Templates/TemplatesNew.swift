// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Gateway
import JSON

struct TemplatesNew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write a template to begin with."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Its name: lower-case letters, digits, - and _.")
    var name: String

    func run() async throws {
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, !name.isEmpty, !["brands", "layouts", "partials"].contains(name) else {
            throw CommandFailure(.wrongUsage, ["`\(name)` cannot be the name of a template; use a-z, 0-9, - and _"])
        }
        let folder = "\(try config.load().settings.templates)/\(name)"
        guard !FileManager.default.fileExists(atPath: folder) else {
            throw CommandFailure("\(folder) is there already; choose another name")
        }
        let files = StarterFiles.template(named: name)
        for file in files { try StarterFiles.write(file.content, to: "\(folder)/\(file.path)") }
        if output.json {
            return Terminal.json([
                "name": .string(name), "files": .array(files.map { .string("\(folder)/\($0.path)") }),
            ])
        }
        for file in files { Terminal.line("\(folder)/\(file.path)") }
        Terminal.line("See it with `posthaste templates render \(name)`.")
    }
}
