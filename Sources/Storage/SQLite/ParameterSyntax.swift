// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Turns `$n`, which SQLite takes for a name and numbers by first appearance, into `?n`, which it binds by its number.
final class ParameterSyntax: Sendable {
    private let known = Mutex<[String: String]>([:])

    /// The statement with numbered parameters; texts in quotes are left alone.
    ///
    /// Each text is rewritten once.
    func numbered(_ sql: String) -> String {
        known.withLock { known in
            if let text = known[sql] { return text }
            let text = Self.rewritten(sql)
            known[sql] = text
            return text
        }
    }

    static func rewritten(_ sql: String) -> String {
        var quote: UInt8?
        let bytes = sql.utf8.map { byte -> UInt8 in
            if let open = quote {
                if byte == open { quote = nil }
                return byte
            }
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { quote = byte }
            return byte == UInt8(ascii: "$") ? UInt8(ascii: "?") : byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
