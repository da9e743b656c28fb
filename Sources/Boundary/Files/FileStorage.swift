// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Where files of this process lie.
package enum FileStorage {
    /// Why a file is lost when the container or the machine is started anew; nil when it is kept, or when nothing is known.
    ///
    /// A file that does not exist yet lies where its folder does.
    package static func volatility(of path: String) -> String? {
        // Without this file, which only Linux has, nothing is known.
        guard let text = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) else { return nil }
        return MountTable(mountinfo: text).volatility(of: existing(path))
    }

    /// The path, or the nearest folder above it that exists, without links.
    private static func existing(_ path: String) -> String {
        var url = URL(filePath: path).absoluteURL.standardizedFileURL
        while !FileManager.default.fileExists(atPath: url.path(percentEncoded: false)), url.pathComponents.count > 1 {
            url.deleteLastPathComponent()
        }
        let resolved = url.resolvingSymlinksInPath().path(percentEncoded: false)
        return resolved.count > 1 && resolved.hasSuffix("/") ? String(resolved.dropLast()) : resolved
    }
}
