// SPDX-License-Identifier: Apache-2.0

/// The texts of a templates folder by path, and which of them a compilation has read.
final class TemplateFiles {
    let texts: [String: [UInt8]]
    private(set) var used: Set<String> = []

    init(_ texts: [String: [UInt8]]) {
        self.texts = texts
    }

    /// The file at `path`; nil when there is none.
    func read(_ path: String) throws(TemplateError) -> SourceFile? {
        guard let bytes = texts[path] else { return nil }
        used.insert(path)
        let source = SourceFile(name: path, bytes: bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw source.error("this file is not UTF-8", at: Self.firstFault(bytes))
        }
        return source
    }

    /// The best of `NAME.LOCALE.EXTENSION` and `NAME.EXTENSION`.
    func read(_ name: String, _ suffix: String, _ locales: [String]) throws(TemplateError) -> SourceFile? {
        for locale in locales {
            if let found = try read("\(name).\(locale).\(suffix)") { return found }
        }
        return try read("\(name).\(suffix)")
    }

    private static func firstFault(_ bytes: [UInt8]) -> Int {
        var low = 0
        var high = bytes.count
        // The longest prefix that decodes, give or take the bytes of one character.
        while low + 4 < high {
            let middle = (low + high) / 2
            let decodes = (0..<4).contains { String(validating: bytes[..<max(middle - $0, 0)], as: UTF8.self) != nil }
            if decodes { low = middle } else { high = middle }
        }
        return low
    }

    /// `fr-CA` as `fr-CA`, `fr`.
    static func fallbacks(_ locale: String) -> [String] {
        var parts = locale.split(separator: "-")
        var result: [String] = []
        while !parts.isEmpty {
            result.append(parts.joined(separator: "-"))
            parts.removeLast()
        }
        return result
    }
}
