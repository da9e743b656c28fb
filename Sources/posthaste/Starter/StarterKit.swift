// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The brands, layouts, partials and templates in the binary.
///
/// `ops/starter-kit` packs the repository's `templates/` into the file that this type reads.
struct StarterKit {
    /// Sorted by path; paths are relative to the templates folder.
    let files: [StarterFiles.File]

    static let shipped = StarterKit(packed: PackageResources.starter_kit)

    /// Parses a packed folder; stops at bytes that are not in the format of `ops/starter-kit`.
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

    /// The files of one template, with paths relative to its folder; empty when it does not exist.
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
