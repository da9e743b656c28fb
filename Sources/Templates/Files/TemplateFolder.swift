// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The files of a templates folder as they are now.
struct TemplateFolder: Sendable {
    struct Stamp: Hashable, Sendable {
        let modified: Date?
        let size: Int
    }

    private static let suffixes = ["yaml", "html", "txt"]
    /// A larger file is no template.
    private static let largest = 4 << 20

    private(set) var texts: [String: [UInt8]] = [:]
    private(set) var stamps: [String: Stamp] = [:]
    private(set) var faults: [TemplateError] = []

    /// Reads the folder; texts whose time and size are those of `known` are taken from there.
    static func read(_ folder: String, known: TemplateFolder) -> TemplateFolder {
        var result = TemplateFolder()
        guard let paths = FileManager.default.subpaths(atPath: folder) else {
            result.faults = [
                TemplateError(file: folder, message: "the templates folder cannot be read; does it exist?")
            ]
            return result
        }
        for path in paths.sorted() where suffixes.contains(where: { path.hasSuffix("." + $0) }) {
            guard !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) else { continue }
            result.add(path, in: folder, known: known)
        }
        return result
    }

    private mutating func add(_ path: String, in folder: String, known: TemplateFolder) {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(path)")
            let size = attributes[.size] as? Int ?? 0
            let stamp = Stamp(modified: attributes[.modificationDate] as? Date, size: size)
            guard size <= Self.largest else {
                faults.append(TemplateError(file: path, message: "this file is larger than 4 MiB"))
                return
            }
            if known.stamps[path] == stamp, let text = known.texts[path] {
                texts[path] = text
            } else {
                let url = URL(filePath: "\(folder)/\(path)")
                texts[path] = Array(try Data(contentsOf: url))
            }
            stamps[path] = stamp
        } catch {
            faults.append(TemplateError(file: path, message: "this file cannot be read"))
        }
    }

    /// Folders with a `template.yaml`.
    var templates: [String] {
        texts.keys.filter { $0.hasSuffix("/template.yaml") }.map { String($0.dropLast("/template.yaml".count)) }
            .filter { !["brands", "layouts", "partials"].contains($0.split(separator: "/").first.map(String.init)) }
            .sorted()
    }

    /// Folders in `brands`, and `default` in any case.
    var brands: [String] {
        let found = texts.keys.compactMap { path -> String? in
            let parts = path.split(separator: "/")
            return parts.count == 3 && parts[0] == "brands" && parts[2] == "brand.yaml" ? String(parts[1]) : nil
        }
        return Set(found + ["default"]).sorted()
    }

    /// Locales that a template, a brand, a layout or a partial has files for.
    func locales(template: String, brand: String) -> [String] {
        let folders = [template, "brands/\(brand)", "brands/default", "layouts", "partials"]
        let found = texts.keys.compactMap { path -> String? in
            let parts = path.split(separator: "/")
            guard folders.contains(parts.dropLast().joined(separator: "/")), parts[0] == Substring(template) else {
                return nil
            }
            let words = parts[parts.count - 1].split(separator: ".")
            return words.count == 3 ? String(words[1]) : nil
        }
        return Set(found).sorted()
    }
}
