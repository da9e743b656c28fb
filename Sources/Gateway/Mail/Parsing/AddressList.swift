// SPDX-License-Identifier: Apache-2.0

/// The mailboxes of an address field (RFC 5322 section 3.4), with the obsolete and the broken forms.
///
/// Group names and comments are passed over; a comment is the name of an address that has no other. Semicolons separate like
/// commas, and between two addresses in angle brackets the comma may lack. Routes are dropped, quotes around a local part that
/// needs none too. Words are never glued to an address: blanks and comments may only be where section 4.4 allows them, and in
/// the domain only after the @ sign.
struct AddressList {
    /// One entry of the field that has content.
    enum Entry {
        case mailbox(Mailbox)
        /// What cannot be a recipient, and why.
        case fault(String)
    }

    /// The text between two separators.
    struct Piece {
        /// Nil for the name of a group, and for a piece that is empty or only a comment.
        let entry: Entry?
        let range: Range<Int>
        /// The comma, semicolon or colon after it; nil at the end of the field, and where the comma is missing.
        let separator: UInt8?
    }

    /// Forms that not every parser reads in the same way.
    struct Oddities: OptionSet {
        let rawValue: Int

        /// Octets that the grammar has no place for, though the addresses are clear.
        static let loose = Self(rawValue: 1)
        /// A backslash outside of quotes.
        static let backslash = Self(rawValue: 2)
        /// A blank or a comment inside of an address.
        static let blank = Self(rawValue: 4)
        /// A quote, a comment or an angle bracket that does not close.
        static let open = Self(rawValue: 8)
        static let route = Self(rawValue: 16)
        static let group = Self(rawValue: 32)
    }

    private(set) var pieces: [Piece] = []
    private(set) var oddities: Oddities = []

    var entries: [Entry] { pieces.compactMap(\.entry) }

    var mailboxes: [Mailbox] {
        pieces.compactMap { if case .mailbox(let mailbox)? = $0.entry { mailbox } else { nil } }
    }

    /// The mailbox of a field that has one and nothing else.
    var single: Mailbox? {
        let entries = entries
        guard entries.count == 1, case .mailbox(let mailbox) = entries[0] else { return nil }
        return mailbox
    }

    /// Why the field is no single mailbox for every parser; nil when it is one.
    ///
    /// Names who sends: a reading other than ours would have another sender than the one that was checked.
    var senderFault: String? {
        let entries = entries
        guard entries.count == 1 else {
            let found = entries.isEmpty ? "The field has no address" : "The field has \(entries.count) addresses"
            return "\(found); give it one."
        }
        if case .fault(let reason) = entries[0] { return reason }
        let kinds: [(Oddities, String)] = [
            (.backslash, "a backslash outside of quotes"), (.blank, "a blank or a comment inside of the address"),
            (.open, "a quote, a comment or an angle bracket that does not close"),
            (.route, "a route"), (.group, "a group"),
        ]
        let found = kinds.filter { oddities.contains($0.0) }.map(\.1)
        guard !found.isEmpty else { return nil }
        return "The field has \(found.joined(separator: ", and ")); write it as Name <name@example.org>."
    }

    /// The words before an angle bracket or around a bare address.
    private var phrase: [UInt8] = []
    /// The same octets as an address without angle brackets.
    private var bare = AddressText()
    private var angle: AddressText?
    private var comment: [UInt8] = []
    private var hasLooseWord = false
    private var pieceStart: Int

    init(_ value: ArraySlice<UInt8>) {
        pieceStart = value.startIndex
        var position = value.startIndex
        while position < value.endIndex {
            let byte = value[position]
            switch byte {
            case UInt8(ascii: "\""): position = takeQuoted(value, position)
            case UInt8(ascii: "("):
                var text: [UInt8] = []
                position = takeComment(value, position, &text)
                comment = text
                bare.addGap()
            case UInt8(ascii: "<"): position = takeAngle(value, position)
            case UInt8(ascii: ","), UInt8(ascii: ";"):
                end(at: position, byte)
                position += 1
            case UInt8(ascii: ":") where angle == nil && !bare.hasAt:
                endGroupName(at: position)
                position += 1
            default:
                take(byte, position)
                position += 1
            }
        }
        end(at: value.endIndex, nil)
    }

    private mutating func take(_ byte: UInt8, _ position: Int) {
        guard !byte.isFoldingBlank else {
            if byte.isBlank, phrase.last != 0x20, !phrase.isEmpty { phrase.append(0x20) }
            bare.addGap()
            return
        }
        if byte == UInt8(ascii: "\\") { oddities.insert(.backslash) }
        if angle != nil {
            guard byte > 0x20 else { return }
            endWithoutComma(at: position)
        }
        if !byte.isAtomText, byte < 0x80, byte != UInt8(ascii: ".") { hasLooseWord = true }
        phrase.append(byte)
        bare.append(byte)
    }

    /// Takes a quoted string; one that does not close goes up to the end.
    private mutating func takeQuoted(_ value: ArraySlice<UInt8>, _ start: Int) -> Int {
        if angle != nil { endWithoutComma(at: start) }
        var text: [UInt8] = []
        let end = quotedString(value, start, &text)
        phrase += text
        bare.append(quoted: text)
        return end
    }

    /// The end of the quoted string (section 3.2.4) at `start`, whose content is appended to `text`.
    private mutating func quotedString(_ value: ArraySlice<UInt8>, _ start: Int, _ text: inout [UInt8]) -> Int {
        var position = start + 1
        while position < value.endIndex, value[position] != UInt8(ascii: "\"") {
            if value[position] == UInt8(ascii: "\\"), position + 1 < value.endIndex { position += 1 }
            if value[position] != 0x0D, value[position] != 0x0A { text.append(value[position]) }
            position += 1
        }
        if position >= value.endIndex { oddities.insert(.open) }
        return min(position + 1, value.endIndex)
    }

    /// Takes a comment with the comments in it (section 3.2.2).
    private mutating func takeComment(_ value: ArraySlice<UInt8>, _ start: Int, _ text: inout [UInt8]) -> Int {
        var (position, depth) = (start, 0)
        while position < value.endIndex {
            let byte = value[position]
            position += 1
            if byte == UInt8(ascii: "\\"), position < value.endIndex {
                oddities.insert(.backslash)
                text.append(value[position])
                position += 1
            } else if byte == UInt8(ascii: "(") {
                depth += 1
                if depth > 1 { text.append(byte) }
            } else if byte == UInt8(ascii: ")") {
                depth -= 1
                if depth == 0 { return position }
                text.append(byte)
            } else if byte != 0x0D, byte != 0x0A {
                text.append(byte)
            }
        }
        oddities.insert(.open)
        return position
    }

    /// Takes `<address>`; one that does not close goes up to the next comma.
    private mutating func takeAngle(_ value: ArraySlice<UInt8>, _ start: Int) -> Int {
        if angle != nil { endWithoutComma(at: start) }
        var (position, isRoute, text) = (start + 1, false, AddressText())
        // What a comment inside of the brackets says is no name.
        var skipped: [UInt8] = []
        defer { angle = text }
        while position < value.endIndex {
            let byte = value[position]
            switch byte {
            case UInt8(ascii: "\""):
                var quoted: [UInt8] = []
                position = quotedString(value, position, &quoted)
                text.append(quoted: quoted)
                continue
            case UInt8(ascii: "("):
                position = takeComment(value, position, &skipped)
                text.addGap()
                continue
            case UInt8(ascii: ">"): return position + 1
            case UInt8(ascii: "<"),
                UInt8(ascii: ",") where !isRoute:
                oddities.insert(.open)
                return position
            case UInt8(ascii: ":") where isRoute:
                // A route (section 4.4).
                oddities.insert(.route)
                (isRoute, text) = (false, AddressText())
            case _ where byte.isFoldingBlank: text.addGap()
            default:
                if byte == UInt8(ascii: "\\") { oddities.insert(.backslash) }
                if byte == UInt8(ascii: "@"), text.octets.isEmpty { isRoute = true }
                text.append(byte)
            }
            position += 1
        }
        oddities.insert(.open)
        return position
    }

    /// Ends an entry that the next one follows without a comma.
    private mutating func endWithoutComma(at position: Int) {
        oddities.insert(.loose)
        end(at: position, nil)
    }

    private mutating func endGroupName(at position: Int) {
        oddities.insert(.group)
        pieces.append(Piece(entry: nil, range: pieceStart..<position, separator: UInt8(ascii: ":")))
        reset(position + 1)
    }

    /// Ends a piece.
    private mutating func end(at position: Int, _ separator: UInt8?) {
        let entry = entry()
        if entry == nil, separator != nil { oddities.insert(.loose) }
        pieces.append(Piece(entry: entry, range: pieceStart..<position, separator: separator))
        reset(separator == nil ? position : position + 1)
    }

    private mutating func reset(_ start: Int) {
        (phrase, bare, angle, comment, hasLooseWord, pieceStart) = ([], AddressText(), nil, [], false, start)
    }

    private static let brackets = "put the address alone in angle brackets, such as Ana <ana@example.org>."

    private mutating func entry() -> Entry? {
        guard angle != nil || !bare.octets.isEmpty else { return nil }
        let text = angle ?? bare
        if text.hasGap { oddities.insert(.blank) }
        guard !text.isBroken || !text.hasAt else {
            let found =
                angle == nil ? "There are words beside the address" : "There is a blank or a word in the address"
            return .fault("\(found); \(Self.brackets)")
        }
        guard text.hasAt || text.octets.isEmpty else { return .fault("The address has no @ sign.") }
        if angle != nil, hasLooseWord { oddities.insert(.loose) }
        let name = angle == nil || phrase.allSatisfy(\.isBlank) ? comment : phrase
        do throws(FieldError) {
            let address = try EmailAddress(parsing: Charset.guess(text.octets[...]))
            return .mailbox(Mailbox(checkedName: Self.displayName(name), address: address))
        } catch {
            return .fault(error.description)
        }
    }

    /// The longest display name in octets that a ``Mailbox`` may have.
    private static let nameLimit = 512

    /// The name as text without characters that no header may contain; nil when nothing is left.
    static func displayName(_ phrase: [UInt8]) -> String? {
        let text = HeaderText.tidy(HeaderText.cleaned(EncodedWords.decode(phrase[...].trimmed)))
        guard text.utf8.count > nameLimit else { return text.isEmpty ? nil : text }
        var short = String.UnicodeScalarView()
        var room = nameLimit
        for scalar in text.unicodeScalars {
            room -= scalar.utf8.count
            guard room >= 0 else { break }
            short.append(scalar)
        }
        return HeaderText.tidy(String(short))
    }
}

/// An address as it is put together from its words (RFC 5322 sections 3.4.1 and 4.4).
private struct AddressText {
    private enum Gap {
        case none
        /// The edge of a quoted string.
        case edge
        /// Blanks or a comment.
        case blank
    }

    private(set) var octets: [UInt8] = []
    /// True after an @ sign outside of quotes.
    private(set) var hasAt = false
    /// True when words follow each other that are no single address.
    private(set) var isBroken = false
    /// True when blanks or comments are inside of the address.
    private(set) var hasGap = false
    private var gap = Gap.none
    /// The last octet when it is a dot or an @ sign outside of quotes, 0 before the first octet, else 1.
    private var last = UInt8(0)

    mutating func append(_ byte: UInt8) {
        let isJoint = byte == UInt8(ascii: ".") || byte == UInt8(ascii: "@")
        join(with: isJoint)
        octets.append(byte)
        last = isJoint ? byte : 1
        if byte == UInt8(ascii: "@") { hasAt = true }
    }

    mutating func append(quoted text: [UInt8]) {
        if gap == .none { gap = .edge }
        join(with: false)
        if hasAt { isBroken = true }
        octets += text
        (last, gap) = (1, .edge)
    }

    mutating func addGap() { gap = .blank }

    /// Notes what the gap before the next octet means.
    ///
    /// In the domain it is only allowed after the @ sign: some parsers end the domain at any other.
    private mutating func join(with isJoint: Bool) {
        defer { gap = .none }
        guard gap != .none, last != 0 else { return }
        if gap == .blank { hasGap = true }
        let isAllowed = hasAt ? last == UInt8(ascii: "@") : isJoint || last == UInt8(ascii: ".")
        if !isAllowed { isBroken = true }
    }
}

extension HeaderText {
    /// The text without the characters that no header text may contain: line breaks become blanks, the others go.
    package static func cleaned(_ text: String) -> String {
        guard fault(in: text) != nil else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard scalar != "\t", let name = forbiddenName(scalar) else {
                result.append(scalar)
                continue
            }
            if name == "a line break" { result.append(" ") }
        }
        return String(result)
    }
}

extension [UInt8] {
    /// The addresses of all fields with this name, which is in lower case.
    func addresses(_ name: String, in fields: [ParsedField]) -> [AddressList.Entry] {
        self.fields(name, in: fields).flatMap { AddressList(self[$0.value]).entries }
    }
}
