// SPDX-License-Identifier: Apache-2.0
package import Mail

/// File names for services that compare a name's extension with the content type, or take the type from it.
package enum FittingName {
    /// The extensions of a type, the usual one first; types that name the same format share a line.
    private static let formats: [(types: [String], extensions: [String])] = [
        (["text/plain"], ["txt", "text", "log", "ini", "conf", "cfg"]),
        (["text/markdown"], ["md", "markdown"]),
        (["text/csv", "application/csv"], ["csv"]),
        (["text/tab-separated-values"], ["tsv"]),
        (["text/html"], ["html", "htm", "shtml"]),
        (["text/css"], ["css"]),
        (["text/calendar", "application/ics"], ["ics", "ifb"]),
        (["text/vcard", "text/x-vcard"], ["vcf", "vcard"]),
        (["application/xml", "text/xml"], ["xml", "xsl", "xsd"]),
        (["application/json", "text/json"], ["json", "map"]),
        (["application/yaml", "text/yaml", "application/x-yaml"], ["yaml", "yml"]),
        (["text/javascript", "application/javascript"], ["js", "mjs"]),
        (["application/pdf"], ["pdf"]),
        (["application/zip", "application/x-zip-compressed"], ["zip"]),
        (["application/gzip", "application/x-gzip"], ["gz", "tgz"]),
        (["application/x-tar"], ["tar"]),
        (["application/x-7z-compressed"], ["7z"]),
        (["application/vnd.rar", "application/x-rar-compressed"], ["rar"]),
        (["image/png"], ["png"]),
        (["image/jpeg", "image/jpg", "image/pjpeg"], ["jpg", "jpeg", "jpe"]),
        (["image/gif"], ["gif"]),
        (["image/webp"], ["webp"]),
        (["image/svg+xml"], ["svg", "svgz"]),
        (["image/tiff"], ["tif", "tiff"]),
        (["image/bmp", "image/x-ms-bmp"], ["bmp"]),
        (["image/vnd.microsoft.icon", "image/x-icon"], ["ico"]),
        (["image/avif"], ["avif"]),
        (["image/heic"], ["heic"]),
        (["audio/mpeg", "audio/mp3"], ["mp3", "mpga"]),
        (["audio/mp4", "audio/x-m4a"], ["m4a"]),
        (["audio/ogg", "application/ogg"], ["ogg", "oga"]),
        (["audio/wav", "audio/x-wav", "audio/vnd.wave"], ["wav"]),
        (["audio/flac", "audio/x-flac"], ["flac"]),
        (["video/mp4"], ["mp4", "m4v"]),
        (["video/mpeg"], ["mpeg", "mpg"]),
        (["video/quicktime"], ["mov", "qt"]),
        (["video/webm"], ["webm"]),
        (["application/msword"], ["doc", "dot"]),
        (["application/vnd.ms-excel"], ["xls", "xlt"]),
        (["application/vnd.ms-powerpoint"], ["ppt", "pps"]),
        (["application/vnd.openxmlformats-officedocument.wordprocessingml.document"], ["docx"]),
        (["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"], ["xlsx"]),
        (["application/vnd.openxmlformats-officedocument.presentationml.presentation"], ["pptx"]),
        (["application/vnd.ms-word.document.macroenabled.12"], ["docm"]),
        (["application/vnd.ms-excel.sheet.macroenabled.12"], ["xlsm"]),
        (["application/vnd.oasis.opendocument.text"], ["odt"]),
        (["application/vnd.oasis.opendocument.spreadsheet"], ["ods"]),
        (["application/vnd.oasis.opendocument.presentation"], ["odp"]),
        (["application/rtf", "text/rtf"], ["rtf"]),
        (["application/epub+zip"], ["epub"]),
        (["application/vnd.apple.pkpass"], ["pkpass"]),
        (["application/vnd.ms-outlook"], ["msg"]),
        (["application/pkcs7-signature", "application/x-pkcs7-signature"], ["p7s"]),
        (["application/pkcs7-mime", "application/x-pkcs7-mime"], ["p7m", "p7c"]),
    ]

    private static let byType = index(formats.map { ($0.types, $0.extensions) })
    private static let byExtension = index(formats.map { ($0.extensions, $0.types) })

    private static func index(_ rows: [(keys: [String], values: [String])]) -> [String: [String]] {
        Dictionary(rows.flatMap { row in row.keys.map { ($0, row.values) } }) { first, _ in first }
    }

    /// The file's name and type so that they agree; nil when they contradict each other and no name would help.
    ///
    /// A known type with another extension, or none, gets its own at the end of the name. An unknown type has to have an unknown
    /// extension; `application/octet-stream`, which says nothing, becomes the type of a known one.
    package static func of(_ file: Attachment) -> (name: String, type: String)? {
        let type = String(file.contentType.prefix { $0 != ";" && $0 != " " })
        let suffix = suffix(of: file.fileName)
        if let extensions = byType[type] {
            let isFitting = suffix.map { extensions.contains($0) } ?? false
            return (isFitting ? file.fileName : "\(file.fileName).\(extensions[0])", file.contentType)
        }
        guard let suffix, let types = byExtension[suffix] else { return (file.fileName, file.contentType) }
        return type == "application/octet-stream" ? (file.fileName, types[0]) : nil
    }

    private static func suffix(of name: String) -> String? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.utf8.startIndex else { return nil }
        return name[name.utf8.index(after: dot)...].lowercased()
    }
}
