// SPDX-License-Identifier: Apache-2.0
internal import Basics

/// One command line, cut into its parts (RFC 5321 section 4.1.1).
struct SMTPCommand {
    /// In upper case; empty for an empty line.
    let verb: String
    /// What follows the verb, without blanks around it.
    let argument: String
    /// False for a line that ended in LF alone.
    let endsInCRLF: Bool

    /// `line` is without its line end.
    init(_ line: ArraySlice<UInt8>, endsInCRLF: Bool) {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let verb = line.prefix { !isBlank($0) }
        self.verb = String(decoding: verb, as: UTF8.self).uppercased()
        var argument = line.dropFirst(verb.count).drop(while: isBlank)
        while let last = argument.last, isBlank(last) { argument.removeLast() }
        self.argument = String(decoding: argument, as: UTF8.self)
        self.endsInCRLF = endsInCRLF
    }

    /// True for a line that no SMTP client sends: one of a web browser, or one that begins with no letter.
    static func isForeign(_ line: ArraySlice<UInt8>) -> Bool {
        guard let first = line.first else { return false }
        let verb = line.prefix { $0.isASCIILetter }
        return !first.isASCIILetter || foreign.contains { $0.elementsEqual(verb) }
    }

    private static let foreign = ["GET", "POST", "CONNECT", "HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "PRI"].map {
        Array($0.utf8)
    }

    /// The path and the parameters after `FROM:` or `TO:`; nil when the keyword or the path is missing or malformed.
    ///
    /// A blank after the colon and missing angle brackets are accepted. A source route is dropped (RFC 5321 appendix C).
    func path(after keyword: String) -> (path: String, parameters: [Parameter])? {
        let text = argument.utf8
        guard text.count >= keyword.utf8.count,
            text.prefix(keyword.utf8.count).elementsEqual(keyword.utf8, by: { $0 & 0xDF == $1 & 0xDF })
        else { return nil }
        let rest = text.dropFirst(keyword.utf8.count).drop { $0 == 0x20 || $0 == 0x09 }
        guard let first = rest.first else { return nil }
        let path: Substring.UTF8View
        let tail: Substring.UTF8View
        if first == UInt8(ascii: "<") {
            guard let end = Self.closingBracket(rest) else { return nil }
            path = rest[rest.index(after: rest.startIndex)..<end]
            tail = rest[rest.index(after: end)...]
            guard tail.first.map({ $0 == 0x20 || $0 == 0x09 }) ?? true else { return nil }
        } else {
            path = rest.prefix { $0 != 0x20 && $0 != 0x09 }
            tail = rest[path.endIndex...]
        }
        return (Self.withoutRoute(path), Parameter.all(tail))
    }

    /// The bracket that ends a path; one in a quoted string does not.
    private static func closingBracket(_ text: Substring.UTF8View) -> Substring.Index? {
        var isQuoted = false
        var isEscaped = false
        for index in text.indices.dropFirst() {
            switch text[index] {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isQuoted: isEscaped = true
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ">") where !isQuoted: return index
            default: break
            }
        }
        return nil
    }

    private static func withoutRoute(_ path: Substring.UTF8View) -> String {
        guard path.first == UInt8(ascii: "@"), let colon = path.firstIndex(of: UInt8(ascii: ":")) else {
            return String(Substring(path))
        }
        return String(Substring(path[path.index(after: colon)...]))
    }

    /// A parameter of MAIL or RCPT, such as `SIZE=1000`.
    struct Parameter: Equatable {
        /// In upper case.
        let name: String
        let value: String?

        static func all(_ text: Substring.UTF8View) -> [Parameter] {
            text.split { $0 == 0x20 || $0 == 0x09 }.map { part in
                let name = part.prefix { $0 != UInt8(ascii: "=") }
                let value = name.endIndex < part.endIndex ? part[part.index(after: name.endIndex)...] : nil
                return Parameter(name: String(Substring(name)).uppercased(), value: value.map { String(Substring($0)) })
            }
        }
    }
}
