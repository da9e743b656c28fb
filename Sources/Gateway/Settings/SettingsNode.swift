// SPDX-License-Identifier: Apache-2.0

/// One value of a settings file, with the place where it stands.
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

    public init(_ value: Value, at position: SettingsPosition) {
        self.value = value
        self.position = position
    }
}

/// A place in a settings file; lines and columns count from 1.
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

/// One thing wrong with the settings: where, what, and a way out.
///
/// Never holds a secret's value.
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
