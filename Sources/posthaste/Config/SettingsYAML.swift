// SPDX-License-Identifier: Apache-2.0
import Settings
import Templates
import Text
import Yams

/// Parses YAML into settings nodes with positions, and resolves `${NAME}` and `!file` in its scalars.
struct SettingsYAML {
    /// The name of the file as it appears in faults.
    let file: String
    let resolver: ScalarResolver
    /// The content of a file named by `!file`; nil when it cannot be read.
    let readFile: (_ path: String) throws(TextError) -> String?

    /// Far above any real file; it bounds the expansion of recursive aliases.
    private static let nodeLimit = 50_000

    private(set) var faults: [SettingsFault] = []
    /// The paths of the settings whose values come from the environment.
    private(set) var environmentPaths: [String] = []
    private var count = 0

    init(
        file: String,
        resolver: ScalarResolver,
        readFile: @escaping (_ path: String) throws(TextError) -> String?
    ) {
        self.file = file
        self.resolver = resolver
        self.readFile = readFile
    }

    /// Parses a file; a scalar that cannot be resolved is noted in ``faults`` and left empty.
    ///
    /// Throws when the file cannot be parsed at all.
    mutating func read(_ text: String) throws(SettingsFaults) -> SettingsNode {
        let root: Yams.Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw SettingsFaults([fault(error, in: text)])
        } catch {
            throw SettingsFaults([SettingsFault(at: position(nil), path: "", problem: "this is no YAML")])
        }
        guard let root else { return SettingsNode(.map([]), at: position(nil)) }
        return node(root, path: "")
    }

    /// Runs the interpretation of the tree, and throws its faults together with those of the scalars.
    func complete<T>(_ work: () throws(SettingsFaults) -> T) throws(SettingsFaults) -> T {
        let result: T
        do throws(SettingsFaults) {
            result = try work()
        } catch {
            // A value that could not be resolved is reported once.
            let places = Set(faults.map(\.position))
            throw Self.sorted(
                faults + error.faults.filter { !places.contains($0.position) },
                references: error.references
            )
        }
        if !faults.isEmpty { throw Self.sorted(faults) }
        return result
    }

    private static func sorted(
        _ faults: [SettingsFault],
        references: [any SettingsReference] = []
    ) -> SettingsFaults {
        SettingsFaults(
            faults.sorted { ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column) },
            references: references
        )
    }

    private mutating func node(_ node: Yams.Node, path: String) -> SettingsNode {
        let place = position(node.mark)
        count += 1
        guard count < Self.nodeLimit else {
            if count == Self.nodeLimit {
                faults.append(SettingsFault(at: place, path: path, problem: "this file holds too many values"))
            }
            return SettingsNode(.null, at: place)
        }
        switch node {
        case .scalar(let scalar):
            let isPlain =
                Self.isPlain(scalar) && scalar.tag.description != "!file"
                && !ScalarResolver.usesEnvironment(scalar.string)
            return SettingsNode(value(scalar, at: place, path: path), at: place, isPlain: isPlain)
        case .sequence(let items):
            var list: [SettingsNode] = []
            for (number, item) in items.enumerated() { list.append(self.node(item, path: "\(path)[\(number)]")) }
            return SettingsNode(.list(list), at: place)
        case .mapping(let mapping): return SettingsNode(.map(members(mapping, path: path)), at: place)
        case .alias:
            faults.append(SettingsFault(at: place, path: path, problem: "this alias has no anchor"))
            return SettingsNode(.null, at: place)
        }
    }

    private mutating func members(_ mapping: Yams.Node.Mapping, path: String) -> [SettingsNode.Member] {
        var members: [SettingsNode.Member] = []
        for (key, value) in mapping {
            let place = position(key.mark)
            guard let name = key.scalar?.string else {
                faults.append(SettingsFault(at: place, path: path, problem: "a key must be a single word"))
                continue
            }
            let node = node(value, path: path.isEmpty ? name : "\(path).\(name)")
            members.append(SettingsNode.Member(key: name, position: place, node: node))
        }
        return members
    }

    private mutating func value(
        _ scalar: Yams.Node.Scalar,
        at place: SettingsPosition,
        path: String
    ) -> SettingsNode.Value {
        let isPlain = Self.isPlain(scalar)
        let tag = scalar.tag.description
        if isPlain, tag != "!file", ["", "~", "null"].contains(scalar.string) { return .null }
        do throws(TextError) {
            let text = try resolver.resolve(scalar.string)
            if ScalarResolver.usesEnvironment(scalar.string) { environmentPaths.append(path) }
            switch tag {
            case "!file": return .scalar(try content(of: text))
            case _ where tag.hasPrefix("!") && tag != "!":
                throw TextError(problem: "`\(tag)` is not known here", remedy: "the one tag is !file")
            default: return .scalar(text)
            }
        } catch {
            faults.append(SettingsFault(at: place, path: path, problem: error.problem, remedy: error.remedy))
            return .scalar("")
        }
    }

    private static func isPlain(_ scalar: Yams.Node.Scalar) -> Bool { scalar.style == .plain || scalar.style == .any }

    private func content(of path: String) throws(TextError) -> String {
        let content: String?
        do throws(TextError) {
            content = try readFile(path)
        } catch {
            throw TextError(problem: "the file `\(path)`: \(error.problem)", remedy: error.remedy)
        }
        guard var text = content else {
            let remedy = "check the path, which begins at the folder of this file, and the rights"
            throw TextError(problem: "the file `\(path)` cannot be read", remedy: remedy)
        }
        // "\r\n" is one character.
        if text.last?.isNewline == true { text.removeLast() }
        return text
    }

    private func position(_ mark: Mark?) -> SettingsPosition {
        SettingsPosition(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    private func fault(_ error: YamlError, in text: String) -> SettingsFault {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let during = context.map { " \($0.text)" } ?? ""
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let line = lines.indices.contains(mark.line - 1) ? lines[mark.line - 1] : ""
            return SettingsFault(at: position(mark), path: "", problem: YAMLWords.syntax(problem + during, line: line))
        case .duplicatedKeysInMapping(let names, let context):
            let words = names.map { "`\($0)`" }.joined(separator: ", ")
            return SettingsFault(
                at: position(context.mark),
                path: "",
                problem: "\(words) is written twice",
                remedy: "keep one of them"
            )
        case .reader(let problem, let offset, _, let text):
            return SettingsFault(at: place(offset, text), path: "", problem: "this is no YAML: \(problem)")
        default:
            return SettingsFault(at: position(nil), path: "", problem: "this is no YAML")
        }
    }

    private func place(_ offset: Int?, _ text: String) -> SettingsPosition {
        let lines = text.prefix(offset ?? 0).split(separator: "\n", omittingEmptySubsequences: false)
        let column = (lines.last?.unicodeScalars.count ?? 0) + 1
        return SettingsPosition(file: file, line: max(lines.count, 1), column: column)
    }
}
