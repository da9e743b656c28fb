// SPDX-License-Identifier: Apache-2.0
import Foundation
import Templates

/// The last approved renderings of the mails of a templates folder.
///
/// Paths below the templates folder: `golden/BRAND/LOCALE/TEMPLATE.subject.txt`, `….html` and `….txt`.
struct GoldenFiles {
    /// One part of one mail.
    struct Part {
        /// The path of its file in the templates folder.
        let file: String
        let content: String
    }

    private static let suffixes = [".subject.txt", ".html", ".txt"]

    let folder: String

    static func parts(_ mail: RenderedMail, template: String, brand: String, locale: String) -> [Part] {
        let stem = "golden/\(brand)/\(locale)/\(template)"
        let html = mail.html.map { [Part(file: "\(stem).html", content: $0)] } ?? []
        return [Part(file: "\(stem).subject.txt", content: mail.subject + "\n")] + html
            + [Part(file: "\(stem).txt", content: mail.text)]
    }

    /// The content of a golden file; nil when it is missing or is not text.
    func read(_ file: String) -> String? {
        // An unreadable file counts as missing; `--update` writes it again.
        try? InputFile.text("\(folder)/\(file)")
    }

    func write(_ part: Part) throws(CommandFailure) {
        let file = URL(filePath: "\(folder)/\(part.file)")
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(part.content.utf8).write(to: file, options: .atomic)
        } catch {
            throw CommandFailure("\(folder)/\(part.file) cannot be written; check the rights of its folder")
        }
    }

    func remove(_ file: String) throws(CommandFailure) {
        do {
            try FileManager.default.removeItem(atPath: "\(folder)/\(file)")
        } catch {
            throw CommandFailure("\(folder)/\(file) cannot be removed; check the rights of its folder")
        }
    }

    /// The existing golden files of one template, or of all.
    func files(of template: String?) -> [String] {
        // A missing folder has no files.
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: "\(folder)/golden")) ?? []
        return paths.filter { path in
            guard let suffix = Self.suffixes.first(where: path.hasSuffix) else { return false }
            let name = path.dropLast(suffix.count).split(separator: "/").dropFirst(2).joined(separator: "/")
            return !name.isEmpty && template.map { $0 == name } ?? true
        }.map { "golden/\($0)" }.sorted()
    }
}
