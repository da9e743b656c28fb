// SPDX-License-Identifier: Apache-2.0
import Templates

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

    /// The text under `key`, kept from being printed.
    public func secret(_ key: String, required: Bool = false) -> Secret? {
        keepSecret(key)
        return string(key, required: required).map { Secret($0) }
    }

    /// The texts in the list under `key`, kept from being printed.
    public func secrets(_ key: String) -> [Secret]? {
        keepSecret(key)
        return strings(key)?.map { Secret($0) }
    }

    /// The file path under `key`, relative ones taken from the folder of the settings file.
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

    /// A span of time such as `200ms`, `30s`, `5m`, `1h` or `7d`.
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

extension Duration {
    /// Reads the form used in settings: a number and one of `ms`, `s`, `m`, `h`, `d`.
    public init?(setting text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let amount = Double(digits), amount.isFinite, amount >= 0 else { return nil }
        let seconds: Double
        switch text.dropFirst(digits.count) {
        case "ms": seconds = amount / 1000
        case "s": seconds = amount
        case "m": seconds = amount * 60
        case "h": seconds = amount * 3600
        case "d": seconds = amount * 86_400
        default: return nil
        }
        guard seconds <= 100 * 366 * 86_400 else { return nil }
        self = .milliseconds(Int64((seconds * 1000).rounded()))
    }

    /// The span in whole milliseconds, rounded down.
    public var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
