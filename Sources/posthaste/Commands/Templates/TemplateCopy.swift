// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A new template that is a copy of another one.
struct TemplateCopy {
    /// The files to write; paths are relative to the templates folder.
    let files: [StarterFiles.File]

    /// Copies the template `source` of the folder, else the one shipped with Posthaste; throws when neither exists.
    init(of source: String, named name: String, in folder: String, kit: StarterKit = .shipped) throws(CommandFailure) {
        let own = try Self.files(in: "\(folder)/\(source)")
        if !own.isEmpty {
            files = own.map { $0.placed(in: name) }
            return
        }
        let shipped = kit.template(source)
        guard !shipped.isEmpty else {
            let known = kit.templates.joined(separator: ", ")
            throw CommandFailure(
                "there is no template `\(source)` in \(folder), and none comes with Posthaste; it has \(known)"
            )
        }
        let parts = Self.parts(of: shipped, kit).filter {
            !FileManager.default.fileExists(atPath: "\(folder)/\($0.path)")
        }
        files = shipped.map { $0.placed(in: name) } + parts
    }

    /// The layouts and partials of the kit that `files` use, directly or indirectly.
    private static func parts(of files: [StarterFiles.File], _ kit: StarterKit) -> [StarterFiles.File] {
        var found: Set<String> = []
        var open = files
        while let file = open.popLast() {
            for part in kit.files where isUsed(part.path, by: file) && found.insert(part.path).inserted {
                open.append(part)
            }
        }
        return kit.files.filter { found.contains($0.path) }
    }

    private static func isUsed(_ path: String, by file: StarterFiles.File) -> Bool {
        let words = path.split(separator: "/")
        guard words.count == 2, let name = words[1].split(separator: ".").first else { return false }
        let text = String(decoding: file.bytes, as: UTF8.self)
        switch words[0] {
        case "layouts": return file.path.hasSuffix(".yaml") && text.contains("layout: \(name)\n")
        case "partials": return text.contains("{{>\(name)}}") || text.contains("{{<\(name)}}")
        default: return false
        }
    }

    /// The files of a folder and its subfolders; empty when it has no `template.yaml`.
    private static func files(in folder: String) throws(CommandFailure) -> [StarterFiles.File] {
        guard FileManager.default.fileExists(atPath: "\(folder)/template.yaml") else { return [] }
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        var files: [StarterFiles.File] = []
        for path in paths.sorted() where !InputFile.isFolder("\(folder)/\(path)") {
            files.append(StarterFiles.File(path: path, bytes: try InputFile.bytes("\(folder)/\(path)")))
        }
        return files
    }
}
