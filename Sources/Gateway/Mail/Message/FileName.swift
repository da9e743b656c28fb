// SPDX-License-Identifier: Apache-2.0

/// The names that attachments carry: safe to save under on any system, in any script.
enum FileName {
    private static let limit = 200

    static func clean(_ text: String, _ flaws: inout [AttachmentFault.Flaw]) -> String {
        if let reason = HeaderText.fault(in: text) {
            flaws.append(.init(.fileName, "The file name \(reason)."))
            return ""
        }
        let name = stripped(HeaderText.tidy(text))
        if name.isEmpty {
            flaws.append(.init(.fileName, "The file name is empty once path and dots are taken off."))
        }
        return shortened(isReserved(name) ? "_" + name : name)
    }

    /// The part after the last `.`, in lower case; nil without one.
    static func fileExtension(of name: String) -> String? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return nil }
        return name[name.utf8.index(after: dot)...].lowercased()
    }

    /// Without path parts, drive letters, leading dots, and trailing dots and blanks.
    private static func stripped(_ text: String) -> String {
        var name = text.unicodeScalars[...]
        if let cut = name.lastIndex(where: { $0 == "/" || $0 == "\\" }) { name = name[name.index(after: cut)...] }
        if name.dropFirst().first == ":", name.first?.properties.isAlphabetic == true, name.first?.isASCII == true {
            name = name.dropFirst(2)
        }
        while let first = name.first, first == "." || first == " " { name.removeFirst() }
        while let last = name.last, last == "." || last == " " { name.removeLast() }
        return String(name)
    }

    /// At most 200 bytes, never cut inside a character, with the extension kept.
    private static func shortened(_ name: String) -> String {
        guard name.utf8.count > limit else { return name }
        let tail = name.utf8.lastIndex(of: UInt8(ascii: ".")).map { name[$0...] } ?? ""
        let kept = tail.utf8.count <= 20 ? tail : ""
        var result = ""
        var room = limit - kept.utf8.count
        for character in name {
            room -= character.utf8.count
            guard room >= 0 else { break }
            result.append(character)
        }
        while let last = result.unicodeScalars.last, last == "." || last == " " { result.unicodeScalars.removeLast() }
        // One character may be longer than the limit: a letter under a tower of marks.
        return (result.isEmpty ? "file" : result) + kept
    }

    /// Names that Windows takes for devices, whatever the extension.
    private static func isReserved(_ name: String) -> Bool {
        let stem = name.prefix { $0 != "." }.uppercased()
        switch stem {
        case "CON", "PRN", "AUX", "NUL": return true
        default:
            let digit = stem.utf8.last.map { (0x31...0x39).contains($0) } ?? false
            return digit && stem.utf8.count == 4 && (stem.hasPrefix("COM") || stem.hasPrefix("LPT"))
        }
    }
}
