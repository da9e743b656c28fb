// SPDX-License-Identifier: Apache-2.0

extension Mailbox {
    private static let nameLimit = 512

    /// An address with a display name; a name that is all blanks counts as none.
    ///
    /// Throws for line breaks, control characters and direction controls in the name, and for a name over 512 bytes.
    /// A TAB becomes a blank.
    public init(name: String?, address: EmailAddress) throws(FieldError) {
        guard let name else {
            self.init(address)
            return
        }
        if let reason = HeaderText.fault(in: name) { throw FieldError("The display name \(reason).") }
        guard name.utf8.count <= Self.nameLimit else {
            throw FieldError("The display name is longer than \(Self.nameLimit) bytes.")
        }
        let tidy = HeaderText.tidy(name)
        self.init(checkedName: tidy.isEmpty ? nil : tidy, address: address)
    }

    /// Parses one mailbox: `a@b.example`, `Ana <a@b.example>` or `"Doe, Ana" <a@b.example>`.
    public init(parsing text: String) throws(FieldError) {
        let text = HeaderText.tidy(text)
        guard text.utf8.last == UInt8(ascii: ">") else {
            guard text.utf8.contains(UInt8(ascii: "<")) == false else {
                throw FieldError("Something follows the address in angle brackets, or its > is missing.")
            }
            guard !text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") }) else {
                throw FieldError("There is more than one address here; give several as a list.")
            }
            self.init(try EmailAddress(parsing: text))
            return
        }
        guard let open = text.utf8.lastIndex(of: UInt8(ascii: "<")) else {
            throw FieldError("The address has a > without a <.")
        }
        // By octets: a combining character after the bracket would take the bracket with it.
        let inside = text[text.utf8.index(after: open)..<text.utf8.index(before: text.endIndex)]
        let address = try EmailAddress(parsing: String(inside))
        try self.init(name: Self.name(HeaderText.tidy(String(text[..<open]))), address: address)
    }

    /// The text before the angle bracket, without its quotes.
    private static func name(_ phrase: String) throws(FieldError) -> String? {
        guard !phrase.isEmpty else { return nil }
        guard phrase.utf8.first == UInt8(ascii: "\"") else {
            guard !phrase.utf8.contains(where: \.isAddressSpecial) else {
                throw FieldError("A display name with one of ()<>[]:;@\\,\" in it must stand in double quotes.")
            }
            return phrase
        }
        return try unquoted(phrase)
    }

    /// A quoted string (RFC 5322 section 3.2.4) without its quotes and escapes.
    private static func unquoted(_ phrase: String) throws(FieldError) -> String {
        var name = String.UnicodeScalarView()
        var scalars = phrase.unicodeScalars.dropFirst()
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"":
                guard scalars.isEmpty else {
                    throw FieldError("Only the address may follow the quoted display name.")
                }
                return String(name)
            case "\\": if let escaped = scalars.popFirst() { name.append(escaped) }
            default: name.append(scalar)
            }
        }
        throw FieldError("The display name has no closing quote.")
    }

    /// `Ana <a@b.example>` for display and JSON, in any script, quoted where needed; ``init(parsing:)`` parses it.
    ///
    /// Not for headers: only ``MIMEWriter`` writes those.
    public var display: String {
        guard let name else { return address.description }
        guard name.utf8.contains(where: { $0.isAddressSpecial || $0 == UInt8(ascii: ".") }) else {
            return "\(name) <\(address)>"
        }
        var quoted = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
            quoted.append(scalar)
        }
        return "\"\(String(quoted))\" <\(address)>"
    }
}

extension Mailbox: CustomStringConvertible {
    public var description: String { display }
}

extension UInt8 {
    /// `specials` of RFC 5322 section 3.2.3 without the dot, which is common in a bare name.
    fileprivate var isAddressSpecial: Bool {
        switch self {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: "\\"),
            UInt8(ascii: ","), UInt8(ascii: "\""):
            true
        default: false
        }
    }
}

/// An address with an optional display name.
public struct Mailbox: Sendable, Hashable {
    public let name: String?
    public let address: EmailAddress

    /// For values that were already checked.
    package init(checkedName: String?, address: EmailAddress) {
        name = checkedName
        self.address = address
    }

    /// A mailbox without a display name.
    public init(_ address: EmailAddress) {
        name = nil
        self.address = address
    }
}
