// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Where this process's files are stored.
package enum FileStorage {
    /// Why a file is lost when the container or the machine restarts; nil when it is kept, or when that is unknown.
    ///
    /// A file that does not exist yet is judged by its folder.
    package static func volatility(of path: String) -> String? {
        // Without this file, which only Linux has, nothing is known.
        guard let text = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) else { return nil }
        return MountTable(mountinfo: text).volatility(of: existing(path))
    }

    /// The path, or its nearest existing parent folder, with links resolved.
    private static func existing(_ path: String) -> String {
        var url = URL(filePath: path).absoluteURL.standardizedFileURL
        while !FileManager.default.fileExists(atPath: url.path(percentEncoded: false)), url.pathComponents.count > 1 {
            url.deleteLastPathComponent()
        }
        let resolved = url.resolvingSymlinksInPath().path(percentEncoded: false)
        return resolved.count > 1 && resolved.hasSuffix("/") ? String(resolved.dropLast()) : resolved
    }
}
