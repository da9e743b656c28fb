// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import JSON
import Templates

struct TemplatesNew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write a template to begin with.",
        discussion: """
            --from copies a template that is in the folder, else one of those that come with Posthaste: \
            \(StarterKit.shipped.templates.joined(separator: ", ")). The layout and the partials that it uses come along where the \
            folder lacks them; nothing is written over.
            """
    )

    @OptionGroup var source: TemplatesOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Its name: lower-case letters, digits, - and _.")
    var name: String
    @Option(help: "The template to copy.")
    var from: String?

    private static let longest = 64

    func run() async throws {
        try checkName(name)
        let templates = try source.locate().folder
        let folder = "\(templates)/\(name)"
        guard !FileManager.default.fileExists(atPath: folder) else {
            throw CommandFailure("\(folder) is there already; choose another name")
        }
        let files =
            if let from {
                try TemplateCopy(of: checkName(from), named: name, in: templates).files
            } else {
                NewTemplate(name: name, in: templates).files.map { $0.placed(in: name) }
            }
        for file in files { try StarterFiles.write(file.bytes, to: "\(templates)/\(file.path)") }
        let paths = files.map { "\(templates)/\($0.path)" }
        try check(folder: templates)
        if output.json { return Terminal.json(["name": .string(name), "files": .array(paths.map(JSON.string))]) }
        for path in paths { Terminal.line(path) }
        Terminal.line("See it with `posthaste templates preview`, or `posthaste templates render \(name)`.")
    }

    @discardableResult
    private func checkName(_ name: String) throws(CommandFailure) -> String {
        let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        guard name.utf8.allSatisfy(allowed.contains), name.utf8.first.map({ $0 != UInt8(ascii: "-") }) == true,
            name.utf8.count <= Self.longest
        else {
            throw CommandFailure(
                .wrongUsage,
                [
                    "`\(MessageText.printable(name))` cannot be the name of a template; "
                        + "use up to \(Self.longest) of a-z, 0-9, - and _, and begin with no -"
                ]
            )
        }
        if TemplateWork.reserved.contains(name) {
            throw CommandFailure(.wrongUsage, ["`\(name)` is the name of another folder; choose a different one"])
        }
        return name
    }

    /// Checks the new template; a faulty layout or brand shows here first.
    private func check(folder: String) throws(CommandFailure) {
        let library = TemplateLibrary(folder: folder)
        guard !library.names.contains(name) else { return }
        let faults = library.faults.flatMap(TemplateWork.lines)
        throw CommandFailure(
            .failed,
            ["\(folder)/\(name) is written, and cannot be used until this is mended:"] + faults
        )
    }
}
