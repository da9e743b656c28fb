// SPDX-License-Identifier: Apache-2.0

/// The files that one compilation requests and reads.
final class TemplateFiles {
    /// A look-up of `NAME.LOCALE.SUFFIX` and its result.
    struct Request: Hashable {
        let name: String
        let suffix: String
        let found: String?
    }

    private let parsed: ParsedFiles
    let chain: LocaleChain
    /// The paths of the files read.
    private(set) var used: Set<String> = []
    /// The requested paths, whether they exist or not: a change of any other file has no effect.
    private(set) var probed: Set<String> = []
    private(set) var requests: Set<Request> = []
    /// Handlebars syntax in files that could not be parsed, in addition to the first fault thrown.
    private(set) var habits: [TemplateError] = []

    init(_ parsed: ParsedFiles, _ chain: LocaleChain) {
        (self.parsed, self.chain) = (parsed, chain)
    }

    /// All existing paths.
    var paths: some Sequence<String> { parsed.texts.keys }

    /// The texts of the files read.
    var usedTexts: [String: [UInt8]] {
        used.reduce(into: [:]) { texts, path in texts[path] = parsed.texts[path] }
    }

    func nodes(_ path: String) throws(TemplateError) -> [Node]? {
        note(path)
        do throws(TemplateError) {
            return try parsed.nodes(path)
        } catch {
            if let source = try parsed.source(path) { habits += MustacheParser.habits(source) }
            throw error
        }
    }

    func value(_ path: String) throws(TemplateError) -> YAMLValue? {
        note(path)
        return try parsed.value(path)
    }

    /// The path of the best existing file among `NAME.LOCALE.SUFFIX` and `NAME.SUFFIX`.
    func best(_ name: String, _ suffix: String) -> String? {
        let candidates = chain.names.map { "\(name).\($0).\(suffix)" } + ["\(name).\(suffix)"]
        for path in candidates.map(parsed.shared) {
            probed.insert(path)
            guard parsed.texts[path] != nil else { continue }
            requests.insert(Request(name: name, suffix: suffix, found: path))
            return path
        }
        requests.insert(Request(name: name, suffix: suffix, found: nil))
        return nil
    }

    /// Whether each of `requests` has the same result here; records the files read.
    func answers(_ requests: Set<Request>) -> Bool {
        for request in requests {
            let found = best(request.name, request.suffix)
            guard found == request.found else { return false }
            if let found { used.insert(found) }
        }
        return true
    }

    private func note(_ path: String) {
        let path = parsed.shared(path)
        probed.insert(path)
        if parsed.texts[path] != nil { used.insert(path) }
    }
}
