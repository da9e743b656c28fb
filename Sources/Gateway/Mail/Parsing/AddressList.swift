// SPDX-License-Identifier: Apache-2.0

/// The mailboxes of an address field (RFC 5322 section 3.4), with the obsolete and the broken forms.
///
/// Group names and comments are passed over; a comment is the name of an address that has no other. Semicolons separate like
/// commas, and between two addresses in angle brackets the comma may lack. Routes are dropped, quotes around a local part that
/// needs none too.
struct AddressList {
    /// One entry of the field that has content.
    enum Entry {
        case mailbox(Mailbox)
        /// What cannot be a recipient, and why.
        case fault(String)
    }

    private(set) var entries: [Entry] = []

    var mailboxes: [Mailbox] {
        entries.compactMap { if case .mailbox(let mailbox) = $0 { mailbox } else { nil } }
    }

    /// Why entries are no mailboxes.
    var faults: [String] { entries.compactMap { if case .fault(let reason) = $0 { reason } else { nil } } }

    /// The words before an angle bracket or around a bare address.
    private var phrase: [UInt8] = []
    /// The same octets without blanks: a bare address.
    private var bare: [UInt8] = []
    private var angle: [UInt8]?
    private var comment: [UInt8] = []

    init(_ value: ArraySlice<UInt8>) {
        var position = value.startIndex
        while position < value.endIndex {
            let byte = value[position]
            switch byte {
            case UInt8(ascii: "\""): position = takeQuoted(value, position)
            case UInt8(ascii: "("): position = takeComment(value, position)
            case UInt8(ascii: "<"): position = takeAngle(value, position)
            case UInt8(ascii: ","), UInt8(ascii: ";"):
                flush()
                position += 1
            case UInt8(ascii: ":") where angle == nil && !bare.contains(UInt8(ascii: "@")):
                // The name of a group.
                (phrase, bare, comment) = ([], [], [])
                position += 1
            default:
                if byte.isFoldingBlank {
                    if byte.isBlank, phrase.last != 0x20, !phrase.isEmpty { phrase.append(0x20) }
                } else if angle == nil {
                    phrase.append(byte)
                    bare.append(byte)
                } else if byte > 0x20 {
                    // The comma between two addresses is missing.
                    flush()
                    phrase.append(byte)
                    bare.append(byte)
                }
                position += 1
            }
        }
        flush()
    }

    /// Takes a quoted string (section 3.2.4); one that does not close goes up to the end.
    private mutating func takeQuoted(_ value: ArraySlice<UInt8>, _ start: Int) -> Int {
        if angle != nil { flush() }
        var position = start + 1
        while position < value.endIndex, value[position] != UInt8(ascii: "\"") {
            if value[position] == UInt8(ascii: "\\"), position + 1 < value.endIndex { position += 1 }
            if value[position] != 0x0D, value[position] != 0x0A {
                phrase.append(value[position])
                bare.append(value[position])
            }
            position += 1
        }
        return position + 1
    }

    /// Takes a comment with the comments in it (section 3.2.2).
    private mutating func takeComment(_ value: ArraySlice<UInt8>, _ start: Int) -> Int {
        var (position, depth) = (start, 0)
        comment = []
        while position < value.endIndex {
            let byte = value[position]
            position += 1
            if byte == UInt8(ascii: "\\"), position < value.endIndex {
                comment.append(value[position])
                position += 1
            } else if byte == UInt8(ascii: "(") {
                depth += 1
                if depth > 1 { comment.append(byte) }
            } else if byte == UInt8(ascii: ")") {
                depth -= 1
                if depth == 0 { break }
                comment.append(byte)
            } else if byte != 0x0D, byte != 0x0A {
                comment.append(byte)
            }
        }
        return position
    }

    /// Takes `<address>`; one that does not close goes up to the next comma.
    private mutating func takeAngle(_ value: ArraySlice<UInt8>, _ start: Int) -> Int {
        if angle != nil { flush() }
        var (position, isQuoted) = (start + 1, false)
        var address: [UInt8] = []
        while position < value.endIndex {
            let byte = value[position]
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted, byte == UInt8(ascii: ">") || byte == UInt8(ascii: "<") {
                break
            } else if !isQuoted, byte == UInt8(ascii: ","), address.first != UInt8(ascii: "@") {
                break
            } else if isQuoted || !byte.isFoldingBlank {
                address.append(byte)
            }
            position += 1
        }
        angle = address
        return position < value.endIndex && value[position] == UInt8(ascii: ">") ? position + 1 : position
    }

    /// Ends an entry.
    private mutating func flush() {
        defer { (phrase, bare, angle, comment) = ([], [], nil, []) }
        guard var address = angle ?? (bare.isEmpty ? nil : bare) else { return }
        // A route (section 4.4).
        if address.first == UInt8(ascii: "@"), let colon = address.lastIndex(of: UInt8(ascii: ":")) {
            address.removeSubrange(...colon)
        }
        let name = angle == nil ? comment : (phrase.allSatisfy(\.isBlank) ? comment : phrase)
        do throws(FieldError) {
            let address = try EmailAddress(parsing: Charset.guess(address[...]))
            entries.append(.mailbox(Mailbox(checkedName: Self.displayName(name), address: address)))
        } catch {
            entries.append(.fault(error.description))
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
