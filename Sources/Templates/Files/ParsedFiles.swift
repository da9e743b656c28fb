// SPDX-License-Identifier: Apache-2.0
import Text

/// The texts of a templates folder by path; each is parsed once for all templates.
final class ParsedFiles {
    private typealias Outcome<Value> = Result<Value, TemplateError>

    let texts: [String: [UInt8]]
    /// One copy of each path, because thousands of compilations request the same ones.
    private var paths: Set<String> = []
    private var sources: [String: Outcome<SourceFile>] = [:]
    private var nodes: [String: Outcome<[Node]>] = [:]
    private var values: [String: Outcome<YAMLValue>] = [:]

    init(_ texts: [String: [UInt8]]) {
        self.texts = texts
    }

    /// The shared copy of an equal path.
    func shared(_ path: String) -> String {
        paths.insert(path).memberAfterInsert
    }

    /// The file at `path`; nil when there is none.
    func source(_ path: String) throws(TemplateError) -> SourceFile? {
        guard let bytes = texts[path] else { return nil }
        if let known = sources[path] { return try known.get() }
        let outcome = Outcome { () throws(TemplateError) in try Self.source(path, bytes) }
        sources[path] = outcome
        return try outcome.get()
    }

    func nodes(_ path: String) throws(TemplateError) -> [Node]? {
        if let known = nodes[path] { return try known.get() }
        guard let source = try source(path) else { return nil }
        let outcome = Outcome { () throws(TemplateError) in try MustacheParser.parse(source) }
        nodes[path] = outcome
        return try outcome.get()
    }

    func value(_ path: String) throws(TemplateError) -> YAMLValue? {
        if let known = values[path] { return try known.get() }
        guard let source = try source(path) else { return nil }
        let outcome = Outcome { () throws(TemplateError) in try YAMLValue.read(source) }
        values[path] = outcome
        return try outcome.get()
    }

    private static func source(_ path: String, _ bytes: [UInt8]) throws(TemplateError) -> SourceFile {
        do throws(TextError) {
            return SourceFile(name: path, bytes: try EditedText.bytes(bytes))
        } catch {
            throw SourceFile(name: path, bytes: bytes).error("\(error.problem); \(error.remedy)", at: error.offset)
        }
    }
}
