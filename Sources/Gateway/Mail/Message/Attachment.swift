// SPDX-License-Identifier: Apache-2.0

/// Converts an attachment of a send request to one that needs no further check.
public enum AttachmentRules {
    /// Checks every part and reports all faults at once.
    ///
    /// The file name loses path parts, leading dots and trailing dots and blanks, and is cut to 200 bytes with its
    /// extension kept. Without a type, the extension decides, else `application/octet-stream`. Without a disposition
    /// it is inline when there is a content id, else an attachment. The content id may have angle brackets; it is
    /// stored without them.
    public static func attachment(
        fileName: String,
        contentType: String? = nil,
        contentID: String? = nil,
        disposition: String? = nil,
        content: [UInt8]
    ) throws(AttachmentError) -> Attachment {
        var flaws: [AttachmentError.Flaw] = []
        let name = FileName.clean(fileName, &flaws)
        let type = contentType.map { MediaType.checked($0, &flaws) } ?? MediaType.guessed(fromFileName: name)
        let id = contentID.map { checked(contentID: $0, &flaws) }
        let place = disposition.map { checked(disposition: $0, &flaws) } ?? (id == nil ? .attachment : .inline)
        guard flaws.isEmpty else { throw AttachmentError(flaws) }
        return Attachment(
            checkedFileName: name,
            checkedContentType: type,
            checkedContentID: id,
            disposition: place,
            content: content
        )
    }

    private static func checked(contentID: String, _ flaws: inout [AttachmentError.Flaw]) -> String {
        var id = contentID.utf8[...]
        if id.first == UInt8(ascii: "<"), id.last == UInt8(ascii: ">"), id.count > 1 { id = id.dropFirst().dropLast() }
        let isGood = id.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"<>()\"\\,;".utf8.contains($0) }
        if !(1...200).contains(id.count) || !isGood {
            let rule = "1 to 200 visible ASCII characters without blanks and without < > ( ) \" \\ , ;"
            flaws.append(.init(.contentID, "A content id has \(rule)."))
        }
        return String(Substring(id))
    }

    private static func checked(
        disposition: String,
        _ flaws: inout [AttachmentError.Flaw]
    ) -> Attachment.Disposition {
        if let known = Attachment.Disposition(rawValue: disposition.lowercased()) { return known }
        flaws.append(.init(.disposition, "The disposition is either `attachment` or `inline`."))
        return .attachment
    }
}

/// One attached file, or an image that the HTML references by `cid:`.
public struct Attachment: Sendable, Hashable {
    public enum Disposition: String, Sendable, Hashable {
        case attachment
        case inline
    }

    /// A clean file name in any script, without path parts or control characters.
    public let fileName: String
    /// A media type such as `application/pdf`, checked.
    public let contentType: String
    /// Without angle brackets; written as given.
    public let contentID: String?
    public let disposition: Disposition
    public let content: [UInt8]

    /// For values already checked by `AttachmentRules`.
    package init(
        checkedFileName: String,
        checkedContentType: String,
        checkedContentID: String?,
        disposition: Disposition,
        content: [UInt8]
    ) {
        fileName = checkedFileName
        contentType = checkedContentType
        contentID = checkedContentID
        self.disposition = disposition
        self.content = content
    }
}
