// SPDX-License-Identifier: Apache-2.0

/// One value of a settings file, with its position.
public struct SettingsNode: Sendable, Hashable {
    public indirect enum Value: Sendable, Hashable {
        case null
        /// A scalar as written, with `${…}` and `!file` resolved.
        case scalar(String)
        case list([SettingsNode])
        case map([Member])
    }

    public struct Member: Sendable, Hashable {
        public let key: String
        public let position: SettingsPosition
        public let node: SettingsNode

        public init(key: String, position: SettingsPosition, node: SettingsNode) {
            self.key = key
            self.position = position
            self.node = node
        }
    }

    public let value: Value
    public let position: SettingsPosition
    /// True for a scalar that is written without quotes in the file itself: `8` may be meant as a number, `"8"` is a text.
    public let isPlain: Bool

    public init(_ value: Value, at position: SettingsPosition, isPlain: Bool = false) {
        self.value = value
        self.position = position
        self.isPlain = isPlain
    }
}

/// A position in a settings file; lines and columns count from 1.
public struct SettingsPosition: Sendable, Hashable, CustomStringConvertible {
    public let file: String
    public let line: Int
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// One error in the settings: position, problem and remedy.
///
/// Never contains a secret's value.
public struct SettingsFault: Error, Sendable, Hashable, CustomStringConvertible {
    public let position: SettingsPosition
    /// The dotted path of the key, such as `providers.relay.url`.
    public let path: String
    public let problem: String
    public let remedy: String?

    public init(at position: SettingsPosition, path: String, problem: String, remedy: String? = nil) {
        self.position = position
        self.path = path
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String {
        "\(position): \(path.isEmpty ? "" : "\(path): ")\(problem)\(remedy.map { "; \($0)" } ?? "")"
    }
}

extension SettingsNode {
    /// The keys of a map; none for anything else.
    package var memberKeys: [String] {
        guard case .map(let members) = value else { return [] }
        return members.map(\.key)
    }

    /// The same value without positions.
    package var unplaced: SettingsNode {
        let nowhere = SettingsPosition(file: "", line: 0, column: 0)
        switch value {
        case .null, .scalar: return SettingsNode(value, at: nowhere, isPlain: isPlain)
        case .list(let items): return SettingsNode(.list(items.map(\.unplaced)), at: nowhere)
        case .map(let members):
            let members = members.map { Member(key: $0.key, position: nowhere, node: $0.node.unplaced) }
            return SettingsNode(.map(members), at: nowhere)
        }
    }
}

/// Something outside the file that settings refer to, such as a credentials file, and that can be checked separately.
package protocol SettingsReference: Sendable {}

/// All errors in a settings file, in the order of the file.
package struct SettingsFaults: Error, Sendable, CustomStringConvertible {
    package let faults: [SettingsFault]
    /// The references of the refused settings: their faults can be reported at the same time.
    package let references: [any SettingsReference]

    package init(_ faults: [SettingsFault], references: [any SettingsReference] = []) {
        self.faults = faults
        self.references = references
    }

    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
