// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Templates

/// The templates folder of a command.
///
/// Authors need no settings: without a settings file the folder is `./templates`.
struct TemplatesOptions: ParsableArguments {
    @OptionGroup var config: ConfigOptions
    @Option(
        name: .long,
        help: "The templates folder (else the one of the settings; without settings ./templates).",
        completion: .directory
    )
    var templates: String?

    private static let usual = "templates"

    /// Reads the settings, if any, and compiles the folder.
    func open() throws(CommandFailure) -> TemplateWork {
        let (folder, config) = try locate()
        return TemplateWork(OpenTemplates(folder: folder), config: config)
    }

    /// Compiles only these templates, or all when one is missing, so that the error can suggest a similar name.
    func open(only names: [String]) throws(CommandFailure) -> TemplateWork {
        guard !names.isEmpty else { return try open() }
        let (folder, config) = try locate()
        let work = TemplateWork(OpenTemplates(folder: folder, only: Set(names)), config: config)
        guard names.allSatisfy({ work.library.names.contains($0) || !work.faults(of: $0).isEmpty }) else {
            return TemplateWork(OpenTemplates(folder: folder), config: config)
        }
        return work
    }

    /// The readable folder, and the settings, if any.
    func locate() throws(CommandFailure) -> (folder: String, config: LoadedConfig?) {
        let config = try settings()
        let folder = templates ?? config?.settings.templates ?? Self.usual
        guard InputFile.isFolder(folder), FileManager.default.isReadableFile(atPath: folder) else {
            let remedy = "name it with --templates, or with `templates` in the settings"
            throw CommandFailure("\(folder): the templates folder cannot be read; \(remedy)")
        }
        return (folder, config)
    }

    private func settings() throws(CommandFailure) -> LoadedConfig? {
        let exists = FileManager.default.fileExists(atPath: config.file.path)
        if config.config == nil {
            // With `--templates`, faulty settings on this machine do not prevent work on templates.
            if templates != nil { return try? config.load() }
            let isNamed = !(ProcessInfo.processInfo.environment["POSTHASTE_CONFIG"] ?? "").isEmpty
            if !exists, !isNamed {
                if InputFile.isFolder(Self.usual) { return nil }
                let words = "there are neither settings nor a folder `\(Self.usual)` here"
                throw CommandFailure(.badConfig, ["\(words): name the folder with --templates"])
            }
        }
        return try config.load()
    }
}
