// SPDX-License-Identifier: Apache-2.0

/// What one worker of lint has read already: pages of one template in many brands and locales say mostly the same.
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

    /// The declarations of a `style` attribute that holds `units`, made by `read` at the first time.
    func style(_ units: [MarkupAttribute.Unit], _ read: () -> [LintPage.Declaration]) -> [LintPage.Declaration] {
        if let known = styles[units] { return known }
        let declarations = read()
        styles[units] = declarations
        return declarations
    }

    /// The rules of a style sheet with these bytes, made by `read` at the first time.
    func sheet(_ bytes: [UInt8], _ read: () -> [LintPage.SheetRule]) -> [LintPage.SheetRule] {
        if let known = sheets[bytes] { return known }
        let rules = read()
        sheets[bytes] = rules
        return rules
    }

    /// A file of YAML; nil when it cannot be read.
    func yaml(_ path: String, _ bytes: [UInt8]) -> YAMLValue? {
        let file = File(path: path, bytes: bytes)
        if let known = values[file] { return known }
        let value = try? YAMLValue.read(SourceFile(name: path, bytes: bytes))
        values[file] = .some(value)
        return value
    }

    /// The same place, whatever is added to its offset: what a value brings stands where its tag stands.
    func fixed(_ position: Position) -> Position {
        let place = Place(source: ObjectIdentifier(position.source), offset: position.offset)
        if let known = places[place] { return known.fixed }
        let error = position.error("")
        let file = SourceFile(name: error.file, bytes: [], firstLine: error.line, firstColumn: error.column)
        let fixed = Position(source: file, offset: 0)
        // With its source, so that no other one comes to lie at the same address.
        places[place] = (fixed, position.source)
        return fixed
    }
}
