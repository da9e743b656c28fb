// SPDX-License-Identifier: Apache-2.0

/// Text that a locale lacks, so that its readers see another language.
enum LocaleRule {
    private struct Wording {
        var strings: Set<String> = []
        var subject: YAMLValue?
        let value: YAMLValue

        init?(_ parsed: ParsedFiles, _ path: String) {
            // A file that cannot be read has its own fault.
            guard let value = (try? parsed.value(path)) ?? nil else { return nil }
            self.value = value
            subject = value["subject"]
            if case .map(let members)? = value["strings"]?.content { strings = Set(members.map(\.key)) }
        }
    }

    /// The files with text among those of a folder.
    struct Files {
        /// The files of templates and brands for all locales, sorted.
        let main: [String]
        /// By such a file without `.yaml`, the locales with files, sorted.
        fileprivate let locales: [String: [String]]

        init(_ paths: some Sequence<String>) {
            var (main, locales): ([String], [String: [String]]) = ([], [:])
            for path in paths where path.hasSuffix(".yaml") {
                let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? ""
                let name = path.dropFirst(folder.count).dropLast(".yaml".count)
                let kind = name.prefix { $0 != "." }
                guard kind == "template" || kind == "brand", !folder.isEmpty else { continue }
                if kind == name {
                    main.append(path)
                } else {
                    locales["\(folder)\(kind)", default: []].append(String(name.dropFirst(kind.count + 1)))
                }
            }
            (self.main, self.locales) = (main.sorted(), locales.mapValues { $0.sorted() })
        }
    }

    /// `texts` are the files of the folder by path.
    static func findings(_ texts: [String: [UInt8]]) -> [LintFinding] {
        let (files, parsed) = (Files(texts.keys), ParsedFiles(texts))
        return files.main.flatMap { findings($0, files, parsed) }
    }

    /// The findings for the text of the main file at `path`.
    static func findings(_ path: String, _ files: Files, _ parsed: ParsedFiles) -> [LintFinding] {
        let stem = String(path.dropLast(".yaml".count))
        guard let main = Wording(parsed, path) else { return [] }
        let isBrand = stem.hasSuffix("/brand")
        let inherited = isBrand ? Wording(parsed, "brands/default/brand.yaml")?.strings ?? [] : []
        return (files.locales[stem] ?? []).flatMap { remarks(main, inherited, stem, $0, parsed) }
    }

    private static func remarks(
        _ main: Wording,
        _ inherited: Set<String>,
        _ stem: String,
        _ locale: String,
        _ parsed: ParsedFiles
    ) -> [LintFinding] {
        let chain = LocaleChain.fallbacks(locale).compactMap { Wording(parsed, "\(stem).\($0).yaml") }
        guard let own = chain.first else { return [] }
        let known = chain.reduce(into: Set<String>()) { $0.formUnion($1.strings) }
        let place = own.value["strings"]?.position ?? own.value.position
        var findings: [LintFinding] = main.strings.subtracting(known).sorted().map {
            .warning("`\($0)` of `strings` is missing for \(locale); readers see that of the main file", at: place)
        }
        if case .map(let members)? = own.value["strings"]?.content {
            let all = main.strings.union(inherited)
            for member in members where !all.contains(member.key) {
                let hint = Spelling.hint(for: member.key, among: all.sorted())
                findings.append(.warning("`\(member.key)` is not in `strings` of the main file\(hint)", at: member.at))
            }
        }
        if let subject = main.subject, chain.allSatisfy({ $0.subject == nil }), hasWords(subject) {
            findings.append(
                .warning("`subject` is missing for \(locale); readers see that of the main file", at: place)
            )
        }
        return findings
    }

    /// Whether a subject contains letters outside its tags.
    private static func hasWords(_ subject: YAMLValue) -> Bool {
        // A subject that cannot be read has its own fault.
        guard let text = try? subject.text("subject"),
            let nodes = try? MustacheParser.parse(SourceFile(name: "subject", text: text))
        else { return false }
        return nodes.hasLetters
    }
}

extension [Node] {
    fileprivate var hasLetters: Bool {
        contains { node in
            switch node {
            case .text(let bytes, _): bytes.contains { $0.isLetter || $0 >= 0x80 }
            case .section(let section): section.nodes.hasLetters
            case .lineStart, .value, .partial, .parent, .block: false
            }
        }
    }
}
