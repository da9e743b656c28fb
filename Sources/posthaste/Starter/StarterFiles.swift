// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The files that `init` writes, and the writing of new files.
enum StarterFiles {
    struct File: Equatable {
        let path: String
        let bytes: [UInt8]

        init(path: String, bytes: [UInt8]) {
            (self.path, self.bytes) = (path, bytes)
        }

        init(path: String, content: String) {
            self.init(path: path, bytes: Array(content.utf8))
        }

        /// The same file inside a folder.
        func placed(in folder: String) -> File { File(path: "\(folder)/\(path)", bytes: bytes) }
    }

    /// Writes a new file and creates its folder; the mode applies from the start, so that others can never read the file.
    static func write(_ content: [UInt8], to path: String, mode: Int = 0o644) throws(CommandFailure) {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        let isPrivate = mode == 0o600
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: isPrivate ? [.posixPermissions: 0o700] : nil
            )
        } catch {
            throw CommandFailure("\(folder) cannot be made; check the rights")
        }
        let isMade = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: mode])
        guard isMade, let file = FileHandle(forWritingAtPath: path) else {
            throw CommandFailure("\(path) cannot be written; check the rights of its folder")
        }
        do {
            try file.write(contentsOf: Data(content))
            try file.close()
        } catch {
            throw CommandFailure("\(path) cannot be written; is the disk full?")
        }
    }

    /// What `init --minimal` writes: one brand, one layout, one template.
    static let minimal = [
        File(
            path: "brands/default/brand.yaml",
            content: """
                # The brand that all others inherit from.
                name: Posthaste
                from: Posthaste <noreply@posthaste.example>
                address: Posthaste, 1 Example Street, 12345 Exampletown

                """
        ),
        File(
            path: "layouts/base.html",
            content: """
                <!DOCTYPE html>
                <html lang="en">
                <head><meta charset="utf-8"><title>{{brand.name}}</title></head>
                <body>
                {{$body}}{{/body}}
                <p>{{brand.name}}<br>{{brand.address}}</p>
                </body>
                </html>

                """
        ),
        File(
            path: "welcome/template.yaml",
            content: """
                subject: Welcome to {{brand.name}}
                category: welcome
                layout: base
                variables:
                  name: { type: string, required: true, description: Who is greeted }
                sample: { name: Ana }

                """
        ),
        File(
            path: "welcome/body.html",
            content: "<h1>Welcome, {{name}}</h1>\n<p>It is good to have you with us.</p>\n"
        ),
    ]
}
