// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Opens files and pages on the user's desktop.
enum Browser {
    private static let openers = ["/usr/bin/xdg-open", "/usr/local/bin/xdg-open", "/usr/bin/open"]

    /// Asks the desktop to open a file or URL; does nothing without a desktop.
    static func open(_ what: String) {
        guard let path = openers.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { return }
        let opener = Process()
        opener.executableURL = URL(filePath: path)
        opener.arguments = [what]
        opener.standardOutput = FileHandle.nullDevice
        opener.standardError = FileHandle.nullDevice
        // This may fail; the caller also prints the file or URL.
        try? opener.run()
    }

    /// Writes a file into a new private folder; returns its path.
    static func write(_ content: String, named name: String) throws(CommandFailure) -> String {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "posthaste-\(String(UInt64.random(in: .min ... .max), radix: 36))")
        let file = folder.appending(path: name)
        do {
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
            try Data(content.utf8).write(to: file)
        } catch {
            throw CommandFailure("\(file.path(percentEncoded: false)) cannot be written; is there room, and the right?")
        }
        return file.path(percentEncoded: false)
    }
}
