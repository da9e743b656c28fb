// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A template folder without settings; removed with its last reference.
final class TemplatesFolder: Sendable {
    let path: String

    init() throws {
        let name = "posthaste-templates-\(UInt64.random(in: .min ... .max))"
        path = FileManager.default.temporaryDirectory.appending(path: name).path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// With the shipped templates.
    static func shipped() throws -> TemplatesFolder {
        let folder = try TemplatesFolder()
        try copyShipped(to: folder.path)
        return folder
    }

    static func copyShipped(to path: String) throws {
        let shipped = URL(filePath: "\(FileManager.default.currentDirectoryPath)/templates").resolvingSymlinksInPath()
        try FileManager.default.copyItem(at: shipped, to: URL(filePath: "\(path)/templates"))
    }

    deinit {
        // A leftover temporary folder does no harm.
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ text: String, to file: String) throws {
        let url = URL(filePath: "\(path)/\(file)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func read(_ file: String) throws -> String { try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8) }

    func edit(_ file: String, replacing old: String, with new: String) throws {
        try write(try read(file).replacing(old, with: new), to: file)
    }

    func run(_ arguments: String..., input: String = "") throws -> Posthaste.Result {
        try Posthaste.run(["templates"] + arguments, in: path, input: input)
    }
}
