// SPDX-License-Identifier: Apache-2.0
import Foundation
import Text

/// The current files of a templates folder.
struct TemplateFolder: Sendable {
    /// Content that was read, with its stamp.
    private struct Seen<Content: Sendable>: Sendable {
        let content: Content
        let stamp: FileStamp
        /// Whether it was read twice at this stamp.
        ///
        /// File systems have coarse clocks: a write within the same tick keeps the stamp and may follow the first read.
        let isSettled: Bool
    }

    private static let suffixes = [".yaml", ".html", ".txt"]
    /// A larger file is no template; in bytes.
    private static let largest = 4 << 20
    /// The maximum nesting of folders, which ends a link to a parent folder.
    private static let deepest = 8

    private(set) var texts: [String: [UInt8]] = [:]
    private(set) var faults: [TemplateError] = []
    /// The paths whose files are new, removed or changed.
    private(set) var changed: Set<String> = []
    private var files: [String: Seen<[UInt8]>] = [:]
    private var folders: [String: Seen<[String]>] = [:]

    /// Reads the folder; content with the same stamp as in `known` is taken from there.
    static func read(_ folder: String, known: TemplateFolder) -> TemplateFolder {
        var result = TemplateFolder()
        guard let stamp = FileStamp(path: folder), stamp.isFolder else {
            let message = "the templates folder cannot be read; does it exist?"
            result.faults = [TemplateError(file: folder, message: message)]
            result.changed = Set(known.texts.keys)
            return result
        }
        result.walk(folder, "", stamp, depth: 0, known)
        if !result.changed.isEmpty || result.texts.count != known.texts.count {
            result.changed.formUnion(known.texts.keys.filter { result.texts[$0] == nil })
        }
        return result
    }

    private mutating func walk(
        _ root: String,
        _ path: String,
        _ stamp: FileStamp,
        depth: Int,
        _ known: TemplateFolder
    ) {
        let seen = known.folders[path].flatMap { $0.stamp == stamp ? $0 : nil }
        var names = seen?.content ?? []
        if seen?.isSettled != true {
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(path)").sorted()
            } catch {
                return add(fault: "this folder cannot be read", path)
            }
        }
        folders[path] = Seen(content: names, stamp: stamp, isSettled: seen != nil)
        for name in names where !name.hasPrefix(".") {
            let inner = path.isEmpty ? name : "\(path)/\(name)"
            // The golden files of `posthaste templates test` are no templates.
            guard inner != "golden" else { continue }
            let isFile = Self.suffixes.contains { name.hasSuffix($0) }
            guard isFile || !name.contains("."), let stamp = FileStamp(path: "\(root)/\(inner)") else { continue }
            if stamp.isFolder {
                if depth < Self.deepest { walk(root, inner, stamp, depth: depth + 1, known) }
            } else if isFile {
                read(root, inner, stamp, known)
            }
        }
    }

    private mutating func read(_ root: String, _ path: String, _ stamp: FileStamp, _ known: TemplateFolder) {
        guard stamp.size <= Self.largest else { return add(fault: "this file is larger than 4 MiB", path) }
        let seen = known.files[path].flatMap { $0.stamp == stamp ? $0 : nil }
        var text = seen?.content ?? []
        if seen?.isSettled != true {
            do {
                let read = Array(try Data(contentsOf: URL(filePath: "\(root)/\(path)")))
                // The same buffer as before compares at once and is stored once.
                let before = known.texts[path]
                text = before == read ? before ?? read : read
                if before != read { changed.insert(path) }
            } catch {
                return add(fault: "this file cannot be read", path)
            }
        }
        files[path] = Seen(content: text, stamp: stamp, isSettled: seen != nil)
        texts[path] = text
    }

    private mutating func add(fault: String, _ path: String) {
        faults.append(TemplateError(file: path, message: fault))
    }

    /// Folders with a `template.yaml`.
    var templates: [String] {
        texts.keys.filter { $0.hasSuffix("/template.yaml") }.map { String($0.dropLast("/template.yaml".count)) }
            .filter { !["brands", "layouts", "partials"].contains($0.split(separator: "/").first.map(String.init)) }
            .sorted()
    }

    /// Folders in `brands`, and always `default`.
    var brands: [String] {
        let found = texts.keys.compactMap { path -> String? in
            let parts = path.split(separator: "/")
            return parts.count == 3 && parts[0] == "brands" && parts[2] == "brand.yaml" ? String(parts[1]) : nil
        }
        return Set(found + ["default"]).sorted()
    }
}
