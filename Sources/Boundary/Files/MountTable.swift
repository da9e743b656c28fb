// SPDX-License-Identifier: Apache-2.0

/// The mounted file systems from `/proc/self/mountinfo` (proc(5)).
package struct MountTable: Sendable {
    private struct Mount {
        let point: String
        let kind: String
    }

    /// In the order of mounting: a later one hides an earlier one at the same place.
    private let mounts: [Mount]

    /// Lines that cannot be read are skipped.
    package init(mountinfo text: String) {
        mounts = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 6, let mark = fields.firstIndex(of: "-"), mark + 1 < fields.count else { return nil }
            return Mount(point: Self.unescaped(fields[4]), kind: String(fields[mark + 1]))
        }
    }

    /// The type of the file system that contains a path, such as `ext4`; nil when no mount contains it.
    ///
    /// `path` is absolute and free of links.
    package func kind(of path: String) -> String? {
        var best: Mount?
        for mount in mounts where Self.holds(mount.point, path) && mount.point.utf8.count >= best?.point.utf8.count ?? 0
        {
            best = mount
        }
        return best?.kind
    }

    /// Why a file at a path is lost when the container or the machine restarts; nil when it is kept.
    package func volatility(of path: String) -> String? {
        switch kind(of: path) {
        case "tmpfs"?, "ramfs"?, "devtmpfs"?:
            "memory (\(kind(of: path) ?? "")): it is empty after the next start of the machine"
        case "overlay"?, "aufs"?, "fuse.fuse-overlayfs"?, "unionfs"?:
            "the layer of a container (\(kind(of: path) ?? "")): it is gone with the container"
        default: nil
        }
    }

    private static func holds(_ point: String, _ path: String) -> Bool {
        point == "/" || path == point || path.hasPrefix(point + "/")
    }

    /// Blanks and backslashes are written as three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
