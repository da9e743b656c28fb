// SPDX-License-Identifier: Apache-2.0

/// Wording that a locale lacks, so that its readers see another language.
enum LocaleRule {
    private struct Wording {
        var strings: Set<String> = []
        var subject: YAMLValue?
        let value: YAMLValue

        init?(_ texts: [String: [UInt8]], _ path: String) {
            // A file that cannot be read is among the faults.
            guard let bytes = texts[path], let value = try? YAMLValue.read(SourceFile(name: path, bytes: bytes)) else {
                return nil
            }
            self.value = value
            subject = value["subject"]
            if case .map(let members)? = value["strings"]?.content { strings = Set(members.map(\.key)) }
        }
    }

    /// `texts` are the files of the folder by path.
    static func findings(_ texts: [String: [UInt8]]) -> [LintFinding] {
        texts.keys.sorted().flatMap { path -> [LintFinding] in
            guard path.hasSuffix("/template.yaml") || path.hasSuffix("/brand.yaml") else { return [] }
            let stem = String(path.dropLast(".yaml".count))
            guard let main = Wording(texts, path) else { return [] }
            let inherited = stem.hasSuffix("/brand") ? Wording(texts, "brands/default/brand.yaml")?.strings ?? [] : []
            return locales(stem, texts).flatMap { locale in
                remarks(main, inherited, stem, locale, texts)
            }
        }
    }

    private static func locales(_ stem: String, _ texts: [String: [UInt8]]) -> [String] {
        texts.keys.filter { $0.hasPrefix(stem + ".") && $0.hasSuffix(".yaml") && $0 != stem + ".yaml" }
            .map { String($0.dropFirst(stem.count + 1).dropLast(".yaml".count)) }.sorted()
    }

    private static func remarks(
        _ main: Wording,
        _ inherited: Set<String>,
        _ stem: String,
        _ locale: String,
        _ texts: [String: [UInt8]]
    ) -> [LintFinding] {
        let chain = LocaleChain.fallbacks(locale).compactMap { Wording(texts, "\(stem).\($0).yaml") }
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

    /// Whether letters stand outside of the tags of a subject.
    private static func hasWords(_ subject: YAMLValue) -> Bool {
        // A subject that cannot be read is among the faults.
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
