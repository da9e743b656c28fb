// SPDX-License-Identifier: Apache-2.0
import JSON
import Text
import Yams

/// A YAML value with its position.
///
/// Plain scalars follow YAML 1.2, so `no` is a string.
struct YAMLValue: Sendable {
    indirect enum Content: Sendable {
        case scalar(JSON)
        case list([YAMLValue])
        case map([(key: String, at: Position, value: YAMLValue)])
    }

    let content: Content
    let position: Position

    static func read(_ source: SourceFile) throws(TemplateError) -> YAMLValue {
        let text = String(decoding: source.bytes, as: UTF8.self)
        do {
            let lines = LineIndex(source)
            guard let node = try Yams.compose(yaml: text) else {
                return YAMLValue(content: .map([]), position: Position(source: source, offset: 0))
            }
            var left = 20_000
            return try lines.value(node, &left)
        } catch let error as TemplateError {
            throw error
        } catch let error as YamlError {
            throw LineIndex(source).fault(error)
        } catch {
            throw source.error("this is no YAML", at: 0)
        }
    }

    var json: JSON {
        switch content {
        case .scalar(let value): value
        case .list(let items): .array(items.map(\.json))
        case .map(let members): .object(JSONObject(members.map { ($0.key, $0.value.json) }))
        }
    }

    subscript(key: String) -> YAMLValue? {
        guard case .map(let members) = content else { return nil }
        return members.last { $0.key == key }?.value
    }

    /// The members of a map; an empty value is an empty map.
    func members(_ what: String) throws(TemplateError) -> [(key: String, at: Position, value: YAMLValue)] {
        switch content {
        case .map(let members): return members
        case .scalar(.null): return []
        default: throw mapFault(what)
        }
    }

    /// A fault for each key of a map that is not in `known`.
    func unknownKeys(_ known: [String], in what: String) -> [TemplateError] {
        guard case .map(let members) = content else {
            if case .scalar(.null) = content { return [] }
            return [mapFault(what)]
        }
        // Similar names are computed only for reported faults, because a file may have any number of keys.
        return members.lazy.filter { !known.contains($0.key) }.prefix(FaultList.most).map { member in
            let given = members.lazy.filter { $0.key != member.key }.map(\.key)
            let meant = Spelling.nearest(to: member.key, among: known)
            if let meant, given.contains(meant) {
                return member.at.error("`\(member.key)` and `\(meant)` are both in \(what); keep `\(meant)` alone")
            }
            let hint = meant.map { " (did you mean `\($0)`?)" } ?? ""
            return member.at.error("unknown key `\(member.key)` in \(what)\(hint)")
        }
    }

    private func mapFault(_ what: String) -> TemplateError {
        if case .list = content { return position.error("\(what): \(YAMLWords.mapIsDue)") }
        return position.error("\(what) must be a map of names to values")
    }

    /// The text of a scalar.
    func text(_ what: String) throws(TemplateError) -> String {
        if case .scalar(let value) = content, !value.isNull, let text = ValueFormat.plain.text(value, .english) {
            return text
        }
        throw position.error("\(what) must be text")
    }
}

/// Converts a line and column of Yams to a byte offset.
private struct LineIndex {
    private let source: SourceFile
    private let starts: [Int]

    init(_ source: SourceFile) {
        self.source = source
        starts = [0] + source.bytes.indices.filter { source.bytes[$0] == .lineFeed }.map { $0 + 1 }
    }

    func position(_ mark: Mark?) -> Position {
        guard let mark, starts.indices.contains(mark.line - 1) else { return Position(source: source, offset: 0) }
        return Position(source: source, offset: min(starts[mark.line - 1] + mark.column - 1, source.bytes.count))
    }

    func value(_ node: Yams.Node, _ left: inout Int) throws(TemplateError) -> YAMLValue {
        let place = position(node.mark)
        left -= 1
        guard left > 0 else { throw place.error("this file holds too many values") }
        switch node {
        case .scalar(let scalar): return YAMLValue(content: .scalar(Self.json(scalar)), position: place)
        case .sequence(let sequence):
            var items: [YAMLValue] = []
            for item in sequence { items.append(try value(item, &left)) }
            return YAMLValue(content: .list(items), position: place)
        case .mapping(let mapping):
            var members: [(key: String, at: Position, value: YAMLValue)] = []
            for (key, item) in mapping {
                guard let name = key.scalar?.string else { throw position(key.mark).error("a key must be text") }
                members.append((name, position(key.mark), try value(item, &left)))
            }
            return YAMLValue(content: .map(members), position: place)
        case .alias: throw place.error("aliases are not known here")
        }
    }

    func fault(_ error: YamlError) -> TemplateError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let place = position(mark)
            let line = source.bytes[(starts.last { $0 <= place.offset } ?? 0)...].prefix { $0 != .lineFeed }
            return place.error(YAMLWords.syntax(problem, line: String(decoding: line, as: UTF8.self)))
        case .duplicatedKeysInMapping(let names, let context):
            return position(context.mark).error(names.map(YAMLWords.twice).joined(separator: "; "))
        default: return source.error("this is no YAML: \(error)".split(separator: "\n").joined(separator: " "), at: 0)
        }
    }

    private static func json(_ scalar: Yams.Node.Scalar) -> JSON {
        guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
        switch scalar.string {
        case "", "~", "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        case let text:
            guard DecimalText(text) != nil else { return .string(text) }
            return Int(text).map(JSON.integer) ?? JSON(number: text) ?? .string(text)
        }
    }
}
