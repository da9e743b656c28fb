// SPDX-License-Identifier: Apache-2.0

/// A position in a JSON document (RFC 6901), such as `/to/0/email`; empty for the whole document.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public static let root = JSONPointer(description: "")

    private init(description: String) {
        self.description = description
    }

    /// The pointer to the member `name` below this one.
    public func appending(_ name: String) -> JSONPointer {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return JSONPointer(description: "\(description)/\(name)")
        }
        var escaped = ""
        // Iterates over scalars, because a combining mark after a slash must not hide it.
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return JSONPointer(description: "\(description)/\(escaped)")
    }

    /// The pointer to item `position` of a list, counted from 0.
    public func appending(_ position: Int) -> JSONPointer {
        JSONPointer(description: "\(description)/\(position)")
    }
}
