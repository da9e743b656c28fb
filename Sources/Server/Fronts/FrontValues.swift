// SPDX-License-Identifier: Apache-2.0
internal import Basics
package import JSON
internal import Mail
package import Submission

/// Lenient readings of the values that the clients of other APIs send.
extension JSON {
    /// Nil for null, an empty text, an empty list and an empty object, which many clients send for "not given".
    package var given: JSON? {
        // `nil` alone would be JSON's null here.
        switch self {
        case .null, .string(""): Optional.none
        case .array(let items): items.isEmpty ? Optional.none : .some(self)
        case .object(let members): members.isEmpty ? Optional.none : .some(self)
        default: .some(self)
        }
    }

    /// The value as one text: scalars as they are written, lists and objects as compact JSON.
    package var scalarText: String {
        if case .string(let text) = self { return text }
        return text()
    }
}

extension JSONObject {
    /// The member, if it was given; see ``JSON/given``.
    package func given(_ name: String) -> JSON? { self[name]?.given }
}

/// Collects the faults that a front finds by itself; the places are those of the call.
package struct FrontFaults: Sendable {
    package private(set) var faults: [Problem.Fault] = []

    package init() {}

    package mutating func note(_ place: JSONPointer, _ detail: String) {
        if faults.count < 100 { faults.append(Problem.Fault(place, detail)) }
    }

    /// The text of a member; nil when it is not given, and nil with a fault when it is not a text.
    package mutating func text(_ object: JSONObject, _ name: String, at place: JSONPointer) -> String? {
        guard let value = object.given(name) else { return nil }
        if let text = value.string { return text }
        note(place.appending(name), "expected a string, found \(value.typeName)")
        return nil
    }

    /// The object of a member; nil when it is not given, and nil with a fault when it is not one.
    package mutating func object(_ object: JSONObject, _ name: String, at place: JSONPointer) -> JSONObject? {
        guard let value = object.given(name) else { return nil }
        if let object = value.object { return object }
        note(place.appending(name), "expected an object, found \(value.typeName)")
        return nil
    }

    /// The items of a member; none with a fault when it is no list.
    package mutating func list(_ object: JSONObject, _ name: String, at place: JSONPointer) -> [JSON] {
        guard let value = object.given(name) else { return [] }
        if let items = value.array { return items }
        note(place.appending(name), "expected a list, found \(value.typeName)")
        return []
    }

    /// The members of an object as texts; nil when it is not given.
    package mutating func texts(
        _ object: JSONObject,
        _ name: String,
        at place: JSONPointer
    ) -> [(name: String, value: String)]? {
        self.object(object, name, at: place).map { members in
            members.filter { !$0.value.isNull }.map { ($0.key, $0.value.scalarText) }
        }
    }
}

/// Addresses as texts, in the forms that clients send them.
package enum FrontAddress {
    /// The most addresses of a field, and the most octets of one text.
    package static let countLimit = 1000
    private static let textLimit = 64 * 1024

    /// One mailbox: `a@b`, `<a@b>`, `Ana <a@b>`, `"Ana, B" <a@b>`, and `Ana, B <a@b>` without quotes.
    ///
    /// The last pair of angle brackets holds the address, everything before it is the name. Encoded words (RFC 2047)
    /// in the name are decoded. A text that may hold another address in the name, and one with an open quote, is
    /// returned whole, so that the gateway refuses it: no recipient is lost silently.
    package static func one(_ text: String) -> SendRequest.Address {
        let text = trimmed(text)
        guard text.utf8.last == UInt8(ascii: ">"), let open = text.utf8.lastIndex(of: UInt8(ascii: "<")) else {
            return .parts(email: text, name: nil)
        }
        let email = text[text.utf8.index(after: open)..<text.utf8.index(before: text.endIndex)]
        guard let phrase = name(trimmed(String(text[..<open]))) else { return .text(text) }
        let name = decoded(phrase)
        return .parts(email: trimmed(String(email)), name: name.isEmpty ? nil : name)
    }

    /// The mailboxes of a comma list; a comma in quotes, in angle brackets or in an unquoted name does not separate.
    ///
    /// A list that is too long is returned as one text, which the gateway refuses.
    package static func list(_ text: String) -> [SendRequest.Address] {
        items(text)?.map(one) ?? [.text(text)]
    }

    /// The items of a comma list that are not blank; nil for a text over 64 KiB and for more than 1,000 items.
    private static func items(_ text: String) -> [String]? {
        guard text.utf8.count <= textLimit else { return nil }
        var (items, item): ([String], String.UnicodeScalarView) = ([], String.UnicodeScalarView())
        // The work for each character is constant: `hasSign` and `isBlank` are about the item so far.
        var (isQuoted, isInside, isEscaped, hasSign, isBlank) = (false, false, false, false, true)
        for scalar in text.unicodeScalars {
            if scalar == ",", !isQuoted, !isInside, hasSign || isBlank {
                if !isBlank { items.append(String(item)) }
                guard items.count < countLimit else { return nil }
                item = String.UnicodeScalarView()
                (hasSign, isBlank) = (false, true)
                continue
            }
            switch scalar {
            case _ where isEscaped: isEscaped = false
            case "\\" where isQuoted: isEscaped = true
            // Elsewhere a quote is a character of the name: O"Brien.
            case "\"" where isQuoted || isBlank: isQuoted.toggle()
            case "<" where !isQuoted: isInside = true
            case ">" where !isQuoted: isInside = false
            default: break
            }
            hasSign = hasSign || scalar == "@"
            isBlank = isBlank && (scalar == " " || scalar == "\t")
            item.append(scalar)
        }
        if !isBlank { items.append(String(item)) }
        return items
    }

    /// A text or a list of texts, each of them one mailbox or a comma list; nil when nothing is given.
    ///
    /// A value of another type is noted as a fault at `place`, and nil in the list; so is a list that is too long.
    package static func addresses(
        _ value: JSON?,
        at place: JSONPointer,
        _ faults: inout FrontFaults
    ) -> SendRequest.Addresses? {
        guard let value = value?.given else { return nil }
        if let text = value.string {
            guard let items = items(text) else { return tooLong(place, &faults) }
            return items.isEmpty ? nil : SendRequest.Addresses(items.map(one), isSingle: items.count == 1)
        }
        guard let values = value.array else {
            faults.note(place, "expected an address or a list of them, found \(value.typeName)")
            return SendRequest.Addresses([nil])
        }
        var all: [SendRequest.Address?] = []
        for (position, value) in values.enumerated() where value.given != nil {
            if let text = value.string {
                guard let items = items(text), all.count + items.count <= countLimit else {
                    return tooLong(place, &faults)
                }
                all += items.map { .some(one($0)) }
            } else {
                guard all.count < countLimit else { return tooLong(place, &faults) }
                faults.note(place.appending(position), "expected an address, found \(value.typeName)")
                all.append(nil)
            }
        }
        return all.isEmpty ? nil : SendRequest.Addresses(all)
    }

    private static func tooLong(_ place: JSONPointer, _ faults: inout FrontFaults) -> SendRequest.Addresses {
        faults.note(place, "has over \(countLimit) addresses, or over 64 KiB of text; send several calls")
        return SendRequest.Addresses([nil])
    }

    /// Header text with its encoded words (RFC 2047) decoded.
    ///
    /// Text with a line break stays as it is: decoding would drop the break, and the gateway is to refuse it.
    package static func decoded(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "=")), text.contains("=?") else { return text }
        guard !text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return text }
        return EncodedWords.decode(Array(text.utf8)[...])
    }

    /// The display name of a phrase, without its quotes.
    ///
    /// Nil when angle brackets outside quotes may hold another address, and when a quote at the start has no end.
    private static func name(_ phrase: String) -> String? {
        var rest = phrase.unicodeScalars[...]
        var name = String.UnicodeScalarView()
        if rest.first == "\"" {
            rest = rest.dropFirst()
            var isClosed = false
            while !isClosed, let scalar = rest.popFirst() {
                switch scalar {
                case "\"": isClosed = true
                case "\\": if let escaped = rest.popFirst() { name.append(escaped) }
                default: name.append(scalar)
                }
            }
            guard isClosed else { return nil }
            if rest.isEmpty { return String(name) }
        }
        return rest.contains { $0 == "<" || $0 == ">" } ? nil : phrase
    }

    private static func trimmed(_ text: String) -> String {
        let blanks: Set<Unicode.Scalar> = [" ", "\t"]
        let start = text.unicodeScalars.drop { blanks.contains($0) }
        guard let last = start.lastIndex(where: { !blanks.contains($0) }) else { return "" }
        return String(start[...last])
    }
}

/// Attachments, in the forms that clients send them.
package enum FrontFile {
    /// Base64 with line breaks, blanks, missing padding, the URL-safe alphabet, or as a data URI; nil for anything else.
    package static func decoded(_ text: String) -> [UInt8]? {
        if let bytes = Base64.decode(text) { return bytes }
        var digits = Array(text.utf8)
        if digits.starts(with: "data:".utf8), let comma = digits.prefix(300).firstIndex(of: UInt8(ascii: ",")) {
            digits.removeSubrange(...comma)
        }
        digits.removeAll { $0 == 0x0A || $0 == 0x0D || $0 == 0x20 || $0 == 0x09 }
        // Only at the end: in the middle it is where another text begins.
        for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
        guard !digits.contains(UInt8(ascii: "=")) else { return nil }
        for position in digits.indices {
            if digits[position] == UInt8(ascii: "-") { digits[position] = UInt8(ascii: "+") }
            if digits[position] == UInt8(ascii: "_") { digits[position] = UInt8(ascii: "/") }
        }
        digits += Array(repeating: UInt8(ascii: "="), count: (4 - digits.count % 4) % 4)
        return Base64.decode(String(decoding: digits, as: UTF8.self))
    }
}

extension SendRequest {
    /// How many names a front keeps of headers, metadata and tags: one more than the gateway takes, so that the gateway
    /// refuses the message and the work for each further one is constant.
    private static let (kept, keptTags) = (101, 11)

    /// Adds a header, unless it is empty or one that the gateway owns.
    package mutating func addHeader(_ name: String, _ value: String) {
        guard !value.isEmpty, (headers?.count ?? 0) < Self.kept, !HeaderField.isOwned(name) else { return }
        headers = headers ?? []
        headers?.append((name, value))
    }

    /// Adds metadata; a later value of a name takes the place of the earlier one.
    package mutating func addMetadata(_ name: String, _ value: String) {
        guard (metadata?.count ?? 0) < Self.kept else { return }
        metadata = metadata ?? []
        metadata?.removeAll { $0.name == name }
        metadata?.append((name, value))
    }

    /// Adds a tag once.
    package mutating func addTag(_ tag: String) {
        guard !tag.isEmpty, (tags?.count ?? 0) < Self.keptTags, tags?.contains(tag) != true else { return }
        tags = tags ?? []
        tags?.append(tag)
    }

    /// Removes each recipient that is there already, in `to`, then `cc`, then `bcc`; the case of the letters does not count.
    ///
    /// Returns the places that those left had before; only for fields that lost some.
    @discardableResult
    package mutating func dropRepeatedRecipients() -> FrontPositions {
        var seen: Set<String> = []
        var positions = FrontPositions()
        to = to.flatMap { Self.unique($0, "to", &seen, &positions) }
        cc = cc.flatMap { Self.unique($0, "cc", &seen, &positions) }
        bcc = bcc.flatMap { Self.unique($0, "bcc", &seen, &positions) }
        return positions
    }

    /// Nil when nothing is left; an address that cannot be read stays, for the gateway refuses it.
    private static func unique(
        _ addresses: Addresses,
        _ name: String,
        _ seen: inout Set<String>,
        _ positions: inout FrontPositions
    ) -> Addresses? {
        var left: [Int] = []
        for (position, item) in addresses.items.enumerated() {
            if let address = item?.emailAddress, !seen.insert(address.canonical).inserted { continue }
            left.append(position)
        }
        guard left.count < addresses.items.count else { return addresses }
        positions.fields[name] = left
        return left.isEmpty ? nil : Addresses(left.map { addresses.items[$0] }, isSingle: addresses.isSingle)
    }

    /// Makes the first tag the category, if the settings say so and it is one word.
    package mutating func chooseCategory(_ settings: FrontSettings) {
        guard settings.usesFirstTagAsCategory, category == nil, let tag = tags?.first ?? nil else { return }
        let isWord = tag.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) }
        if isWord, (1...64).contains(tag.utf8.count) { category = tag }
    }
}

extension JSONPointer {
    /// The names of the pointer, unescaped: `/to/0` has `to` and `0`.
    package var names: [String] {
        description.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }

    /// The names joined by dots, for APIs that write places so.
    package var dotted: String { names.joined(separator: ".") }

    package init(_ names: some Sequence<String>) {
        self = names.reduce(.root) { $0.appending($1) }
    }
}

/// Where the recipients of a message were before repeated ones were removed.
package struct FrontPositions: Sendable {
    /// The former positions by field.
    var fields: [String: [Int]] = [:]

    /// The place in the call for the place of a fault: `/to/1` → `/to/2`.
    package func former(_ place: JSONPointer) -> JSONPointer {
        var names = place.names
        guard names.count > 1, let left = fields[names[0]], let position = Int(names[1]),
            left.indices.contains(position)
        else { return place }
        names[1] = String(left[position])
        return JSONPointer(names)
    }
}

/// The names of ignored fields, which go to the log and into the metadata.
package enum FrontIgnored {
    /// `prefix` and the name that the caller gave in lower case; every unusual name becomes `…`.
    ///
    /// A long or odd name neither refuses the mail nor fills the log.
    package static func name(_ prefix: String, _ name: String) -> String {
        let name = name.lowercased()
        let isPlain = name.utf8.allSatisfy {
            $0.isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || "_.:-".utf8.contains($0)
        }
        return prefix + (isPlain && (1...64).contains(name.utf8.count) ? name : "…")
    }
}

extension [(name: String, value: String?)] {
    /// Adds an ignored field, unless its name is there.
    package mutating func note(_ name: String, _ value: String?) {
        if count < 100, !contains(where: { $0.name == name }) { append((name, value)) }
    }
}
