// SPDX-License-Identifier: Apache-2.0

/// Where in an address a value would stand.
struct AddressPlace: Sendable, Hashable {
    private enum Part: Sendable {
        case start, path, query
    }

    private var part = Part.start
    private var scheme: [UInt8] = []

    var isAtStart: Bool { part == .start && scheme.isEmpty }

    mutating func consume(_ byte: UInt8) throws(PlaceRefusal) {
        switch (part, byte) {
        case (.query, _): break
        case (_, UInt8(ascii: "?")), (_, UInt8(ascii: "#")): part = .query
        case (.start, UInt8(ascii: ":")):
            part = .path
            let name = String(decoding: scheme, as: UTF8.self)
            guard URLEscaping.schemes.contains(name) || name.isEmpty else {
                let allowed = URLEscaping.schemes.joined(separator: ", ")
                throw PlaceRefusal(reason: "the scheme `\(name)` is not allowed in a mail (allowed: \(allowed))")
            }
        case (.start, UInt8(ascii: "/")): part = .path
        case (.start, _) where byte.isSpace && scheme.isEmpty: break
        case (.start, _): scheme.append(byte.lowercased)
        case (.path, _): break
        }
    }

    mutating func acceptValue(_ use: URLUse) -> Escaper {
        if isAtStart {
            part = .path
            return .url(use)
        }
        if part == .start { part = .path }
        return part == .query ? .urlQuery : .urlPath
    }

    /// Where two ways differ, a value is encoded as strictly as in a query.
    func joined(_ other: AddressPlace) -> AddressPlace {
        if self == other { return self }
        var result = self
        result.part = .query
        return result
    }
}
