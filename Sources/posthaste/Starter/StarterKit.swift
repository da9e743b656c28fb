// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The brands, layouts, partials and templates that the binary carries.
///
/// `ops/starter-kit` packs the repository's `templates/` into the file that is read here.
struct StarterKit {
    /// In the order of their paths, which begin at the templates folder.
    let files: [StarterFiles.File]

    static let shipped = StarterKit(packed: PackageResources.starter_kit)

    /// Reads a packed folder; stops where the bytes are not what `ops/starter-kit` writes.
    init(packed: [UInt8]) {
        var files: [StarterFiles.File] = []
        var rest = packed[...]
        while let file = Self.takeFile(from: &rest) { files.append(file) }
        self.files = files
    }

    /// The names of the templates, sorted.
    var templates: [String] {
        let mark = "/template.yaml"
        return files.map(\.path).filter { $0.hasSuffix(mark) }.map { String($0.dropLast(mark.count)) }.sorted()
    }

    /// The files of one template, with paths that begin at its folder; empty when there is no such template.
    func template(_ name: String) -> [StarterFiles.File] {
        guard templates.contains(name) else { return [] }
        return files.filter { $0.path.hasPrefix("\(name)/") }.map {
            StarterFiles.File(path: String($0.path.dropFirst(name.count + 1)), bytes: $0.bytes)
        }
    }

    private static func takeFile(from rest: inout ArraySlice<UInt8>) -> StarterFiles.File? {
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let head = String(decoding: rest[..<end], as: UTF8.self).split(separator: "\t")
        let body = rest[rest.index(after: end)...]
        guard head.count == 2, let size = Int(head[1]), size >= 0, size < body.count else { return nil }
        rest = body.dropFirst(size + 1)
        return StarterFiles.File(path: String(head[0]), bytes: Array(body.prefix(size)))
    }
}
