// SPDX-License-Identifier: Apache-2.0

/// The position of a value in a URL.
///
/// A value may be the whole beginning, or follow where it can no longer choose the scheme or the host.
struct AddressPlace: Sendable, Hashable {
    private enum Part: Sendable {
        case start
        /// After `https:`, up to the end of the host.
        case authority
        /// After a value that may be a whole URL or empty, so that the host may not have ended yet.
        case open
        /// After a slash at the very beginning; another one would begin a host.
        case slash
        /// After values that follow such a slash and may be empty.
        case maybeSlash
        case path, query
    }

    private var part = Part.start
    private var scheme: [UInt8] = []
    private var hasHost = false
    /// Whether the URL is a single value, which ends with its own host.
    private(set) var isClosed = false

    var isAtStart: Bool { part == .start && scheme.isEmpty }
    /// Whether the following text can still change the scheme or the host.
    var isUndecided: Bool { part != .path && part != .query }

    mutating func consume(_ byte: UInt8) throws(MarkupError) {
        switch (part, byte) {
        case (.query, _): break
        case (_, UInt8(ascii: "?")), (_, UInt8(ascii: "#")): part = .query
        case (.start, UInt8(ascii: ":")): try endScheme()
        case (.start, _) where byte.isSlash: part = .slash
        case (.start, _) where byte.isSpace && scheme.isEmpty: break
        case (.start, _): scheme.append(byte.lowercased)
        case (.authority, _): if byte.isSlash { part = hasHost ? .path : .authority } else { hasHost = true }
        case (.open, UInt8(ascii: ":")):
            throw MarkupError(reason: "`:` behind a value could make a scheme of it; write the scheme as text")
        case (.open, _): if byte.isSlash { part = .slash }
        case (.slash, _), (.maybeSlash, _): (part, hasHost) = (byte.isSlash ? .authority : .path, false)
        case (.path, _): break
        }
    }

    private mutating func endScheme() throws(MarkupError) {
        let name = String(decoding: scheme, as: UTF8.self)
        guard URLEscaping.schemes.contains(name) || name.isEmpty else {
            let allowed = URLEscaping.schemes.joined(separator: ", ")
            throw MarkupError(reason: "the scheme `\(name)` is not allowed in a mail (allowed: \(allowed))")
        }
        part = name == "http" || name == "https" ? .authority : .path
    }

    mutating func acceptValue(_ use: URLUse) throws(MarkupError) -> Escaper {
        if isAtStart {
            part = .open
            return .url(use)
        }
        switch part {
        case .start:
            part = .open
            return .urlPath
        case .authority:
            throw MarkupError(reason: "a value cannot be part of a host; give the whole address as one variable")
        case .open:
            throw MarkupError(reason: "put `/`, `?` or `#` between this value and the one before it")
        case .slash, .maybeSlash:
            part = .maybeSlash
            return .urlQuery
        case .path: return .urlPath
        case .query: return .urlQuery
        }
    }

    /// Records that the preceding value is a whole URL, whose host the following text cannot change.
    mutating func close() { isClosed = true }

    /// The position after two branches; where they differ, the stricter one.
    func joined(_ other: AddressPlace) -> AddressPlace {
        if self == other { return self }
        var result = self
        // A part that one branch leaves out, such as the host, is still pending.
        result.hasHost = hasHost && other.hasHost
        result.isClosed = isClosed && other.isClosed
        if part == other.part, part != .start { return result }
        result.scheme = []
        switch (self, other) {
        case _ where isBehindSlash && other.isBehindSlash: result.part = .maybeSlash
        case _ where mayBeginHost || other.mayBeginHost: (result.part, result.hasHost) = (.authority, false)
        default: result.part = isUndecided || other.isUndecided ? .open : .query
        }
        return result
    }

    private var isBehindSlash: Bool { part == .slash || part == .maybeSlash }
    /// Whether the host begins with the following text, or after one more slash.
    private var mayBeginHost: Bool { isBehindSlash || part == .authority && !hasHost }
}
