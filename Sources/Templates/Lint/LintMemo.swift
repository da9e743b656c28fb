// SPDX-License-Identifier: Apache-2.0

/// A cache of one lint worker: pages of one template in many brands and locales are mostly equal.
final class LintMemo {
    private struct File: Hashable {
        let path: String
        let bytes: [UInt8]
    }

    private struct Place: Hashable {
        let source: ObjectIdentifier
        let offset: Int
    }

    private var styles: [[MarkupAttribute.Unit]: [LintPage.Declaration]] = [:]
    private var sheets: [[UInt8]: [LintPage.SheetRule]] = [:]
    private var values: [File: YAMLValue?] = [:]
    private var places: [Place: (fixed: Position, source: SourceFile)] = [:]

    /// The declarations of a `style` attribute with `units`, parsed by `read` the first time.
    func style(_ units: [MarkupAttribute.Unit], _ read: () -> [LintPage.Declaration]) -> [LintPage.Declaration] {
        if let known = styles[units] { return known }
        let declarations = read()
        styles[units] = declarations
        return declarations
    }

    /// The rules of a style sheet with these bytes, parsed by `read` the first time.
    func sheet(_ bytes: [UInt8], _ read: () -> [LintPage.SheetRule]) -> [LintPage.SheetRule] {
        if let known = sheets[bytes] { return known }
        let rules = read()
        sheets[bytes] = rules
        return rules
    }

    /// A YAML file; nil when it cannot be parsed.
    func yaml(_ path: String, _ bytes: [UInt8]) -> YAMLValue? {
        let file = File(path: path, bytes: bytes)
        if let known = values[file] { return known }
        let value = try? YAMLValue.read(SourceFile(name: path, bytes: bytes))
        values[file] = .some(value)
        return value
    }

    /// A position that ignores added offsets: text from a value has the position of its tag.
    func fixed(_ position: Position) -> Position {
        let place = Place(source: ObjectIdentifier(position.source), offset: position.offset)
        if let known = places[place] { return known.fixed }
        let error = position.error("")
        let file = SourceFile(name: error.file, bytes: [], firstLine: error.line, firstColumn: error.column)
        let fixed = Position(source: file, offset: 0)
        // Retains the source, so that its object identifier is not reused.
        places[place] = (fixed, position.source)
        return fixed
    }
}
