// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import Templates

/// The templates folder of an author.
struct TemplateWork: Sendable {
    /// Subfolders of a templates folder that are not templates.
    static let reserved = ["brands", "golden", "layouts", "partials"]

    let open: OpenTemplates
    /// Nil without a settings file.
    let config: LoadedConfig?

    init(_ open: OpenTemplates, config: LoadedConfig?) {
        (self.open, self.config) = (open, config)
    }

    var folder: String { open.folder }
    var library: TemplateLibrary { open.library }
    var defaultBrand: String { config?.settings.defaultBrand ?? "default" }

    /// The brand of this name, or the default brand for nil; throws when it does not exist.
    func brand(_ name: String?) throws(CommandFailure) -> String {
        let name = name ?? defaultBrand
        let known = library.brands
        guard known.contains(name) else {
            throw CommandFailure("there is no brand `\(name)`; \(Self.hint(name, known))")
        }
        return name
    }

    /// Throws when there is no template of this name, with the faults of its files if they are the cause.
    func check(template name: String) throws(CommandFailure) {
        guard !library.names.contains(name) else { return }
        let faults = faults(of: name)
        if !faults.isEmpty { throw CommandFailure(.failed, faults.flatMap(Self.lines)) }
        throw CommandFailure("there is no template `\(name)`; \(Self.hint(name, library.names))")
    }

    /// The faults in the files of one template.
    func faults(of name: String) -> [TemplateError] {
        library.faults.filter { $0.file.hasPrefix("\(name)/") }
    }

    /// Templates that cannot be sent because their files have faults.
    var faultyNames: [String] {
        let names = library.faults.compactMap { fault in
            fault.file.hasPrefix("/") ? nil : fault.file.split(separator: "/").dropLast().joined(separator: "/")
        }
        return Set(names).subtracting(library.names).filter { name in
            !name.isEmpty && !Self.reserved.contains { name == $0 || name.hasPrefix("\($0)/") }
        }.sorted()
    }

    /// The locales of a template: first the brand's, then those that have files.
    func locales(of name: String, brand: String) -> [String] {
        // The library reports a folder that cannot be listed.
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []
        let own = files.compactMap { file -> String? in
            let words = file.split(separator: ".", omittingEmptySubsequences: false)
            guard words.count == 3, ["yaml", "html", "txt"].contains(words[2]) else { return nil }
            return String(words[1])
        }
        let main = library.template(name, brand: brand)?.locale
        return (main.map { [$0] } ?? []) + Set(own).filter { $0 != main }.sorted()
    }

    /// Formats a fault for a terminal: message and place, then the line of the file with a caret below the place.
    static func lines(_ error: TemplateError) -> [String] {
        error.report.split(separator: "\n").map { MessageText.printable(String($0)) }
    }

    private static func hint(_ name: String, _ known: [String]) -> String {
        if let nearest = NearestName.of(name, among: known) { return "did you mean `\(nearest)`?" }
        return known.isEmpty ? "there are none" : "they are \(known.joined(separator: ", "))"
    }
}
