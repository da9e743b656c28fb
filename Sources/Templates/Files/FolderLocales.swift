// SPDX-License-Identifier: Apache-2.0

/// The locales in file names, such as `fr` in `welcome/body.fr.html`.
struct FolderLocales: Sendable {
    /// By the folder of a template or a brand, and by `layouts` and `partials` including their subfolders.
    private(set) var byFolder: [String: Set<String>] = [:]
    private(set) var all: Set<String> = []

    init(_ paths: some Sequence<String>) {
        for path in paths {
            guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { continue }
            let words = path[path.index(after: slash)...].split(separator: ".")
            guard words.count == 3 else { continue }
            let folder = path[..<slash]
            let first = folder.prefix { $0 != "/" }
            let isShared = first == "layouts" || first == "partials"
            byFolder[String(isShared ? first : folder), default: []].insert(String(words[1]))
            all.insert(String(words[1]))
        }
    }
}
