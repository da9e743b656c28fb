// SPDX-License-Identifier: Apache-2.0

/// Parses the rules of a style sheet.
struct StyleParser {
    private let source: StyleSource
    private let bytes: [UInt8]
    private var index = 0
    private var rules: [StyleRule] = []

    static func rules(_ source: StyleSource) throws(TemplateError) -> [StyleRule] {
        do throws(MarkupError) {
            return try read(source)
        } catch {
            throw source.error(error.reason, at: error.offset)
        }
    }

    /// The rules of `source`; nil when one of them cannot be parsed.
    static func readableRules(_ source: StyleSource) -> [StyleRule]? { try? read(source) }

    private static func read(_ source: StyleSource) throws(MarkupError) -> [StyleRule] {
        var parser = StyleParser(source)
        try parser.read()
        return parser.rules
    }

    /// The valid declarations of a `style` attribute.
    static func declarations(ofAttribute text: String) -> [StyleDeclaration] {
        var source = StyleSource()
        let file = SourceFile(name: "style", text: text)
        source.append(file.bytes[...], Position(source: file, offset: 0))
        return declarations(of: source)
    }

    /// The valid declarations of `source`, which contains no rules.
    static func declarations(of source: StyleSource) -> [StyleDeclaration] {
        let parser = StyleParser(source)
        return parser.readableDeclarations(0..<source.bytes.count)
    }

    /// Leaves out declarations that cannot be parsed, as mail clients do.
    private func readableDeclarations(_ range: Range<Int>) -> [StyleDeclaration] {
        var result: [StyleDeclaration] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let end = (try? end(from: start, limit: range.upperBound) { $0 == UInt8(ascii: ";") }) ?? range.upperBound
            if let declaration = try? declaration(withoutComments(start..<end)) { result.append(declaration) }
            start = end + 1
        }
        return result
    }

    private init(_ source: StyleSource) {
        (self.source, bytes) = (source, source.bytes)
    }

    private mutating func read() throws(MarkupError) {
        while let start = try nextStart() {
            if bytes[start] == UInt8(ascii: "@") {
                try readAtRule(start)
            } else if bytes[start] == UInt8(ascii: "}") {
                throw MarkupError(reason: "this `}` closes nothing", offset: start)
            } else {
                try readRule(start)
            }
        }
    }

    /// The position after white space, comments and the marks that hid style sheets from old browsers.
    private mutating func nextStart() throws(MarkupError) -> Int? {
        while index < bytes.count {
            let rest = bytes[index...]
            if bytes[index].isSpace {
                index += 1
            } else if rest.starts(with: "/*".utf8) {
                index = try endOfComment(index)
            } else if rest.starts(with: "<!--".utf8) {
                index += 4
            } else if rest.starts(with: "-->".utf8) {
                index += 3
            } else {
                return index
            }
        }
        return nil
    }

    private mutating func readAtRule(_ start: Int) throws(MarkupError) {
        let end = try end(from: start, limit: bytes.count) { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: ";") }
        guard end < bytes.count else {
            throw MarkupError(reason: "this rule is not finished; expected `{` or `;`", offset: start)
        }
        index = bytes[end] == UInt8(ascii: ";") ? end + 1 : try endOfBlock(end).end
        rules.append(StyleRule(range: start..<index))
    }

    private mutating func readRule(_ start: Int) throws(MarkupError) {
        let open = try end(from: start, limit: bytes.count) { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }
        guard open < bytes.count, bytes[open] == UInt8(ascii: "{") else {
            // A section may contain whole rules.
            if source.hasHole(in: start..<open), open == bytes.count {
                index = open
                return rules.append(StyleRule(range: start..<open))
            }
            throw MarkupError(reason: "expected `{` behind this selector", offset: start)
        }
        let (end, isNested) = try endOfBlock(open)
        index = end
        var rule = StyleRule(range: start..<end)
        defer { rules.append(rule) }
        let branches = try branches(start..<open)
        guard !isNested, !source.hasHole(in: start..<open), !source.hasSection(in: open..<end) else { return }
        guard let declarations = try declarations(open + 1..<end - 1) else { return }
        (rule.branches, rule.block, rule.declarations) = (branches, open..<end, declarations)
    }

    private func branches(_ range: Range<Int>) throws(MarkupError) -> [StyleRule.Branch] {
        var branches: [StyleRule.Branch] = []
        var start = range.lowerBound
        while start <= range.upperBound {
            let end = try end(from: start, limit: range.upperBound) { $0 == UInt8(ascii: ",") }
            let part = source.trimmed(start..<end)
            guard !part.isEmpty else {
                throw MarkupError(reason: "a selector is missing here", offset: min(start, bytes.count - 1))
            }
            branches.append(.init(range: part, selector: StyleSelector(bytes[part])))
            start = end + 1
        }
        return branches
    }

    /// Nil when the names are known only at rendering.
    private func declarations(_ range: Range<Int>) throws(MarkupError) -> [StyleDeclaration]? {
        var result: [StyleDeclaration] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let end = try end(from: start, limit: range.upperBound) { $0 == UInt8(ascii: ";") }
            let part = withoutComments(start..<end)
            if !part.isEmpty {
                guard let declaration = try declaration(part) else { return nil }
                result.append(declaration)
            }
            start = end + 1
        }
        return result
    }

    private func declaration(_ range: Range<Int>) throws(MarkupError) -> StyleDeclaration? {
        let colon = try end(from: range.lowerBound, limit: range.upperBound) { $0 == UInt8(ascii: ":") }
        let nameRange = source.trimmed(range.lowerBound..<colon)
        guard !source.hasHole(in: nameRange) else { return nil }
        guard colon < range.upperBound else {
            throw MarkupError(reason: "expected `:` behind `\(source.text(nameRange))`", offset: nameRange.lowerBound)
        }
        let written = source.text(nameRange)
        var rest = bytes[nameRange]
        let read = StyleName.read(&rest).flatMap { rest.isEmpty ? $0 : nil } ?? written
        // Names of variables are case-sensitive.
        let name = read.hasPrefix("--") ? read : read.lowercasedInASCII
        guard !name.isEmpty, name.utf8.allSatisfy({ $0.isLetter || $0.isDigit || $0 == 0x2D || $0 == 0x5F }) else {
            throw MarkupError(reason: "`\(name)` is no property", offset: range.lowerBound)
        }
        var value = source.trimmed(colon + 1..<range.upperBound)
        var isImportant = false
        if let mark = bytes[value].lastIndex(of: UInt8(ascii: "!")) {
            isImportant = source.text(source.trimmed(mark + 1..<value.upperBound)).lowercased() == "important"
            if isImportant { value = source.trimmed(value.lowerBound..<mark) }
        }
        guard !value.isEmpty else { throw MarkupError(reason: "`\(name)` has no value", offset: nameRange.lowerBound) }
        return StyleDeclaration(name: name, nameRange: nameRange, value: value, isImportant: isImportant)
    }

    /// `range` without leading white space and comments, and without trailing white space.
    private func withoutComments(_ range: Range<Int>) -> Range<Int> {
        var range = source.trimmed(range)
        while bytes[range].starts(with: "/*".utf8) {
            let end = StyleScanner.endOfComment(bytes, from: range.lowerBound) ?? range.upperBound
            range = source.trimmed(min(end, range.upperBound)..<range.upperBound)
        }
        return range
    }
}

extension StyleParser {
    /// The first byte for which `stops` is true, outside strings, comments and brackets; `limit` when there is none.
    private func end(
        from start: Int,
        limit: Int,
        _ stops: (UInt8) -> Bool
    ) throws(MarkupError) -> Int {
        var index = start
        var depth = 0
        while index < limit {
            if let end = try endOfOpaque(index) {
                index = end
                continue
            }
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth = max(0, depth - 1)
            case _ where depth == 0 && stops(byte): return index
            case UInt8(ascii: "{"), UInt8(ascii: "}"):
                throw MarkupError(
                    reason: "a bracket is not closed before this `\(Unicode.Scalar(byte))`",
                    offset: index
                )
            default: break
            }
            index += 1
        }
        guard depth == 0 else {
            throw MarkupError(reason: "a `(` or `[` behind this place is not closed", offset: start)
        }
        return limit
    }

    /// The position after the `}` that closes the `{` at `open`.
    private func endOfBlock(_ open: Int) throws(MarkupError) -> (end: Int, isNested: Bool) {
        var index = open + 1
        var depth = 1
        var isNested = false
        while index < bytes.count {
            if let end = try endOfOpaque(index) {
                index = end
                continue
            }
            switch bytes[index] {
            case UInt8(ascii: "{"): (depth, isNested) = (depth + 1, true)
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return (index + 1, isNested) }
            default: break
            }
            index += 1
        }
        throw MarkupError(reason: "this `{` is not closed", offset: open)
    }

    /// The position after the string, comment or escape at `index`, in which no other byte counts; nil when there is none.
    private func endOfOpaque(_ index: Int) throws(MarkupError) -> Int? {
        switch bytes[index] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): try endOfString(index)
        case UInt8(ascii: "/") where bytes[index...].starts(with: "/*".utf8): try endOfComment(index)
        case UInt8(ascii: "\\"): index + 2
        default: nil
        }
    }

    private func endOfString(_ start: Int) throws(MarkupError) -> Int {
        guard let end = StyleScanner.endOfString(bytes, from: start, limit: bytes.count) else {
            throw MarkupError(reason: "this quote is not closed on its line", offset: start)
        }
        return end
    }

    private func endOfComment(_ start: Int) throws(MarkupError) -> Int {
        guard let end = StyleScanner.endOfComment(bytes, from: start) else {
            throw MarkupError(reason: "this comment is not closed; expected `*/`", offset: start)
        }
        if let hole = (start..<end).first(where: { source.hole(at: $0) != nil }) {
            throw MarkupError(reason: "a value cannot stand in a CSS comment", offset: hole)
        }
        return end
    }
}
