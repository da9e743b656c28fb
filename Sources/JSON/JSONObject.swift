// SPDX-License-Identifier: Apache-2.0

/// The members of a JSON object, in their original order.
///
/// Small objects use linear search, which is faster than hashing. Larger ones have an index, so that a look-up takes constant
/// time.
public struct JSONObject: Sendable {
    public typealias Element = (key: String, value: JSON)

    private static let indexedFrom = 12

    private var members: [Element]
    private var index: [String: Int]?

    public init() {
        members = []
    }

    /// Adds the members in order; the last of two with the same name counts.
    public init(_ members: some Sequence<(String, JSON)>) {
        self.init()
        for (key, value) in members { self[key] = value }
    }

    public subscript(key: String) -> JSON? {
        get { position(of: key).map { members[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                index = nil
                indexIfLarge()
            case (nil, let value?):
                members.append((key, value))
                index?[key] = members.count - 1
                if index == nil { indexIfLarge() }
            case (nil, nil): break
            }
        }
    }

    private func position(of key: String) -> Int? {
        if let index { return index[key] }
        return members.firstIndex { $0.key == key }
    }

    private mutating func indexIfLarge() {
        guard members.count >= Self.indexedFrom else { return }
        index = Dictionary(uniqueKeysWithValues: members.indices.lazy.map { [members] in (members[$0].key, $0) })
    }
}

extension JSONObject: RandomAccessCollection {
    public var startIndex: Int { members.startIndex }
    public var endIndex: Int { members.endIndex }
    public subscript(position: Int) -> Element { members[position] }
    public var keys: some Sequence<String> { members.lazy.map(\.key) }
}

extension JSONObject: Hashable {
    /// Equal when the same names have the same values, in any order (RFC 8259 section 4).
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for key in keys.sorted() { hasher.combine(key) }
    }
}
