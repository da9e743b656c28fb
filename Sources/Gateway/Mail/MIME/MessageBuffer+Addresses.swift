// SPDX-License-Identifier: Apache-2.0

/// Addresses in header fields (RFC 5322 section 3.4).
extension MessageBuffer {
    /// A field with a list of mailboxes; none at all when the list is empty.
    mutating func field(_ name: String, _ mailboxes: some Collection<Mailbox>) {
        guard !mailboxes.isEmpty else { return }
        beginField(name)
        var rest = mailboxes.count
        for mailbox in mailboxes {
            append(mailbox, isFirst: rest == mailboxes.count, isLast: rest == 1)
            rest -= 1
        }
        newLine()
    }

    private mutating func append(_ mailbox: Mailbox, isFirst: Bool, isLast: Bool) {
        let address = mailbox.address
        // Two angle brackets, the @ and a comma.
        let width = address.local.utf8.count + address.domain.utf8.count + 4
        if let name = mailbox.name {
            append(phrase: Array(name.utf8), isFirst: isFirst)
            blankOrFold(before: width)
            bytes.append(UInt8(ascii: "<"))
            append(address)
            bytes.append(UInt8(ascii: ">"))
        } else {
            if !isFirst { blankOrFold(before: width - 2) }
            append(address)
        }
        if !isLast { bytes.append(UInt8(ascii: ",")) }
    }

    /// A local part beyond ASCII stands as it is (RFC 6532); only a provider with SMTPUTF8 gets such a message.
    private mutating func append(_ address: EmailAddress) {
        bytes.append(contentsOf: address.local.utf8)
        bytes.append(UInt8(ascii: "@"))
        bytes.append(contentsOf: address.domain.utf8)
    }

    /// The longest word of a display name that is written as it stands; a line could not be folded within it.
    private static let longestNameWord = 64

    /// A display name: bare when it is made of atoms, quoted when it is ASCII, else as encoded words.
    private mutating func append(phrase: [UInt8], isFirst: Bool) {
        let isASCII = phrase.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        let isFoldable = phrase.split(separator: 0x20).allSatisfy { $0.count <= Self.longestNameWord }
        if !isASCII || !isFoldable || phrase[...].hasEncodedWordMark {
            // A name in one word survives readers that leave a blank between two.
            if !isFirst, column + 1 + Self.encodedWidth(of: phrase[...]) > Self.lineLimit { newLine() }
            appendEncoded(phrase[...], after: isFirst ? [] : [0x20])
            return
        }
        // Between atoms, receivers make one blank of several.
        let isAtoms = phrase.split(separator: 0x20, omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isAtomText) }
        let written = isAtoms ? phrase : Self.quoted(phrase)
        if !isFirst {
            blankOrFold(before: (written.firstIndex(of: 0x20) ?? written.count))
        }
        appendFolding(written[...])
    }

    /// A quoted string (RFC 5322 section 3.2.4).
    private static func quoted(_ text: [UInt8]) -> [UInt8] {
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { quoted.append(UInt8(ascii: "\\")) }
            quoted.append(byte)
        }
        quoted.append(UInt8(ascii: "\""))
        return quoted
    }
}
