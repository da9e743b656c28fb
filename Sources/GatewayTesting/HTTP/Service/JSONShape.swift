// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// The members, types and sizes that a service accepts in a body.
indirect enum JSONShape: Sendable {
    /// A text with this many octets.
    case text(ClosedRange<Int>)
    case bool
    case list(ClosedRange<Int>, of: JSONShape)
    /// Members with any names and values of one shape.
    case map(of: JSONShape)
    case object([String: JSONShape], required: Set<String>)

    static let anyText = JSONShape.text(0...Int.max)
    static let someText = JSONShape.text(1...Int.max)

    /// The path of the first fault and what is wrong there; nil when the value fits.
    func fault(in value: JSON, at path: String = "") -> (path: String, problem: String)? {
        switch (self, value) {
        case (.text(let size), .string(let text)):
            return size.contains(text.utf8.count) ? nil : (path, "has the wrong length")
        case (.bool, .bool): return nil
        case (.list(let size, let item), .array(let items)):
            guard size.contains(items.count) else { return (path, "has the wrong number of items") }
            return items.enumerated().lazy.compactMap { item.fault(in: $1, at: "\(path)[\($0)]") }.first
        case (.map(let shape), .object(let members)):
            return members.lazy.compactMap { shape.fault(in: $0.value, at: Self.join(path, $0.key)) }.first
        case (.object(let known, let required), .object(let members)):
            if let missing = required.sorted().first(where: { members[$0] == nil }) {
                return (Self.join(path, missing), "is missing")
            }
            for (key, member) in members {
                guard let shape = known[key] else { return (Self.join(path, key), "is unknown") }
                if let fault = shape.fault(in: member, at: Self.join(path, key)) { return fault }
            }
            return nil
        default: return (path, "has the wrong type")
        }
    }

    private static func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
