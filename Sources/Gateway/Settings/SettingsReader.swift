// SPDX-License-Identifier: Apache-2.0
public import Basics
import Text

/// Reads the members of one map of the settings, notes every fault, and tracks which keys were read.
///
/// A reader never stops at the first fault: a getter that finds one notes it and returns nil (or the default), so
/// that all faults are reported at once. A key that is absent is no fault unless the getter says `required`.
public final class SettingsReader {
    /// The dotted path of the map, empty for the whole file.
    public let path: String
    /// The position of the map.
    public let position: SettingsPosition
    /// The folder to which relative paths refer.
    public let folder: String

    /// The most unknown keys of one map that are named; further ones are only counted.
    private static let mostUnknown = 50

    private let members: [SettingsNode.Member]
    private var asked: Set<String> = []
    private var confidential: Set<String> = []
    private var children: [SettingsReader] = []
    private var noted: [SettingsFault] = []
    private var noticed: [any SettingsReference] = []

    /// Reads `node`; anything but a map (or nothing) is noted as a fault.
    public init(_ node: SettingsNode, path: String = "", folder: String) {
        self.path = path
        self.position = node.position
        self.folder = folder
        switch node.value {
        case .map(let members): self.members = members
        case .null: members = []
        case .list:
            members = []
            note(YAMLWords.mapIsDue, at: node.position)
        case .scalar:
            members = []
            note("expected a map of settings, such as `name: value`", at: node.position)
        }
    }

    /// All faults noted by this reader and the readers below it, including unknown keys, in the order of the file.
    ///
    /// The caller calls it after reading all keys.
    public func faults() -> [SettingsFault] {
        let known = "known keys are \(asked.sorted().joined(separator: ", "))"
        let strangers = members.filter { !asked.contains($0.key) }
        // Only reported keys are compared with known names: a file may have any number of keys.
        let unknown = strangers.prefix(Self.mostUnknown).map { member in
            let nearest = NearestName.key(member.key, among: asked)
            return SettingsFault(
                at: member.position,
                path: path(of: member.key),
                problem: "unknown key",
                remedy: nearest.map { "did you mean `\($0)`?" }
                    ?? known
            )
        }
        let more = strangers.dropFirst(unknown.count)
        let rest = more.first.map { first in
            [SettingsFault(at: first.position, path: path, problem: "\(more.count) more keys are unknown")]
        }
        return (noted + unknown + (rest ?? []) + children.flatMap { $0.faults() })
            .sorted { ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column) }
    }

    /// True when a fault was noted here or below; unknown keys do not count.
    public var hasFaults: Bool { !noted.isEmpty || children.contains { $0.hasFaults } }

    /// Notes a fault found by the caller, at the key or, without one, at the map.
    public func note(_ problem: String, key: String? = nil, remedy: String? = nil) {
        let place = key.flatMap { key in members.first { $0.key == key }?.node.position } ?? position
        noted.append(
            SettingsFault(at: place, path: key.map { path(of: $0) } ?? path, problem: problem, remedy: remedy)
        )
    }

    /// The references of the settings, here or below, even if the rest has faults.
    package var references: [any SettingsReference] { noticed + children.flatMap(\.references) }

    /// Adds a reference of the settings.
    package func note(_ reference: any SettingsReference) { noticed.append(reference) }

    /// Notes a fault when `name` is not one of the known names, and suggests the most similar one.
    ///
    /// With an empty list the names are not known, and nothing is noted. `what` is the noun for one of them.
    package func check(_ name: String, isOneOf known: [String], as what: String, key: String) {
        guard !known.isEmpty, !known.contains(name) else { return }
        let nearest = NearestName.of(name, among: known).map { "did you mean `\($0)`?" }
        let all = "the \(what)s are \(known.joined(separator: ", "))"
        note("there is no \(what) `\(name)`", key: key, remedy: nearest ?? all)
    }

    /// Adds a fault that ended the reading of a value.
    package func note(_ fault: SettingsFault) {
        noted.append(fault)
    }

    private func note(_ problem: String, at position: SettingsPosition) {
        noted.append(SettingsFault(at: position, path: path, problem: problem))
    }

    /// The keys of the map in the order of the file; for maps whose keys are names that an operator chose.
    public var keys: [String] { members.map(\.key) }

    /// The node under `key`, which counts as read.
    public func node(_ key: String) -> SettingsNode? {
        asked.insert(key)
        guard let member = members.first(where: { $0.key == key }), member.node.value != .null else { return nil }
        return member.node
    }

    /// The dotted paths of all keys that were read as secrets, here or below; their values are never shown.
    public var secretPaths: Set<String> {
        children.reduce(into: confidential) { $0.formUnion($1.secretPaths) }
    }

    /// Marks the value under `key` as a secret.
    func keepSecret(_ key: String) {
        confidential.insert(path(of: key))
    }

    /// The node under `key`, in any form, with every value in it marked as a secret; its keys are shown.
    package func confidential(_ key: String) -> SettingsNode? {
        let node = node(key)
        if let node { keepSecret(node, at: path(of: key)) }
        return node
    }

    private func keepSecret(_ node: SettingsNode, at path: String) {
        guard case .map(let members) = node.value else {
            confidential.insert(path)
            return
        }
        for member in members { keepSecret(member.node, at: "\(path).\(member.key)") }
    }

    /// Marks every key as read, so that none counts as unknown; for a map whose meaning this version does not know.
    package func passOver() {
        asked.formUnion(keys)
    }

    /// A reader for the map under `key`; its faults are part of this one's.
    public func map(_ key: String) -> SettingsReader? {
        node(key).map { adopt(SettingsReader($0, path: path(of: key), folder: folder)) }
    }

    /// Readers for the maps in the list under `key`.
    public func maps(_ key: String) -> [SettingsReader] {
        guard let node = node(key) else { return [] }
        guard case .list(let items) = node.value else {
            if case .map = node.value {
                note(YAMLWords.listIsDue, key: key)
            } else {
                note("expected a list", key: key, remedy: "write each item on a line of its own that begins with `- `")
            }
            return []
        }
        return items.enumerated().map { position, item in
            adopt(SettingsReader(item, path: "\(path(of: key))[\(position)]", folder: folder))
        }
    }

    private func adopt(_ child: SettingsReader) -> SettingsReader {
        children.append(child)
        return child
    }

    private func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}

extension SettingsReader {
    /// The text under `key`.
    public func string(_ key: String, required: Bool = false) -> String? {
        guard let node = node(key) else {
            if required { note("`\(key)` is missing", remedy: "add `\(key):` here") }
            return nil
        }
        guard case .scalar(let text) = node.value else {
            note("expected a single value", key: key)
            return nil
        }
        return text
    }

    /// The text under `key` as a secret.
    public func secret(_ key: String, required: Bool = false) -> Secret? {
        keepSecret(key)
        return string(key, required: required).map { Secret($0) }
    }

    /// The texts in the list under `key` as secrets.
    public func secrets(_ key: String) -> [Secret]? {
        keepSecret(key)
        return strings(key)?.map { Secret($0) }
    }

    /// The file path under `key`; a relative path is resolved against the folder of the settings file.
    public func filePath(_ key: String, required: Bool = false) -> String? {
        string(key, required: required).map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
    }

    public func boolean(_ key: String) -> Bool? {
        guard let text = string(key) else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default:
            note("expected true or false, found `\(text)`", key: key)
            return nil
        }
    }

    public func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = string(key) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            note("expected a whole number from \(range.lowerBound) to \(range.upperBound), found `\(text)`", key: key)
            return nil
        }
        return value
    }

    public func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        guard let text = string(key) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            note("expected a number from \(range.lowerBound) to \(range.upperBound), found `\(text)`", key: key)
            return nil
        }
        return value
    }

    /// A duration such as `200ms`, `30s`, `5m`, `1h` or `7d`.
    public func duration(_ key: String) -> Duration? {
        guard let text = string(key) else { return nil }
        guard let value = Duration(setting: text) else {
            note("expected a duration, found `\(text)`", key: key, remedy: "write it like 200ms, 30s, 5m, 1h or 7d")
            return nil
        }
        return value
    }

    /// One of the words in `choices`.
    public func choice(_ key: String, of choices: [String]) -> String? {
        guard let text = string(key) else { return nil }
        guard choices.contains(text) else {
            let nearest = NearestName.of(text, among: choices).map { "did you mean `\($0)`?" }
            note("`\(text)` is none of \(choices.joined(separator: ", "))", key: key, remedy: nearest)
            return nil
        }
        return text
    }

    /// The texts in the list under `key`; a single text counts as a list of one.
    public func strings(_ key: String, required: Bool = false) -> [String]? {
        guard let node = node(key) else {
            if required { note("`\(key)` is missing", remedy: "add `\(key):` here") }
            return nil
        }
        switch node.value {
        case .scalar(let text): return [text]
        case .list(let items):
            let texts = items.compactMap { item -> String? in
                guard case .scalar(let text) = item.value else { return nil }
                return text
            }
            if texts.count == items.count { return texts }
            note("expected a list of single values", key: key)
        case .map: note(YAMLWords.listIsDue, key: key)
        case .null: note("expected a list", key: key)
        }
        return nil
    }
}
