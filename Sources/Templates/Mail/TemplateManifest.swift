// SPDX-License-Identifier: Apache-2.0
import JSON

/// The content of `template.yaml` and of the files of its locale.
struct TemplateManifest {
    let subject: SourceFile
    let category: String?
    let summary: String?
    /// The list that recipients of the mail may unsubscribe from.
    let list: String?
    /// Nil for the default, "none" for none.
    let layout: (name: String, position: Position)?
    let variables: [VariableDeclaration]
    /// The position of each variable's declaration.
    let positions: [String: Position]
    let strings: JSONObject
    /// The names of ``strings`` that exist in the language of the locale.
    let localStrings: Set<String>
    let sample: JSONObject
    let samplePosition: Position

    private static let keys = [
        "subject", "category", "description", "list", "layout", "variables", "strings", "sample",
    ]
    private static let localeKeys = ["subject", "strings", "sample"]

    /// Reads the value of `template.yaml` and of the files of its locale, the best first.
    ///
    /// Strings of `isOwn` files are ``localStrings``; those of `main` are too when it is `isPlain`.
    init(
        _ main: YAMLValue,
        _ locals: [(value: YAMLValue, isOwn: Bool)],
        isPlain: Bool
    ) throws(CompileError) {
        var faults = FaultList()
        faults.add(main.unknownKeys(Self.keys, in: "template.yaml"))
        for local in locals { faults.add(local.value.unknownKeys(Self.localeKeys, in: "template.LOCALE.yaml")) }
        let best = { (key: String) in locals.lazy.compactMap { $0.value[key] }.first ?? main[key] }
        let subject = faults.noting { () throws(TemplateError) in
            guard let subject = best("subject") else {
                throw main.position.error("`subject` is missing")
            }
            return try Self.source(subject)
        }
        let text = { (key: String) in faults.noting { () throws(TemplateError) in try main[key]?.text(key) } ?? nil }
        category = text("category")
        summary = text("description")
        let layoutName = text("layout")
        layout = layoutName.flatMap { name in main["layout"].map { (name, $0.position) } }
        list = faults.noting { () throws(TemplateError) in try Self.list(main["list"]) } ?? nil
        let reserved = ["brand", "strings"] + (list == nil ? [] : [VariableDeclaration.unsubscribeURL.name])
        let declared = main["variables"].map { VariableReader.declarations($0, reserved, &faults) } ?? []
        variables = declared
        positions = VariableReader.positions(main["variables"])
        var strings = Self.strings(main, &faults)
        var sample = Self.sample(main, &faults)
        var localStrings: Set<String> = isPlain ? Set(strings.keys) : []
        for local in locals.reversed() {
            let read = Self.strings(local.value, &faults)
            strings = strings.merged(with: read)
            sample = sample.merged(with: Self.sample(local.value, &faults))
            if local.isOwn { localStrings.formUnion(read.keys) }
        }
        (self.strings, self.sample, self.localStrings) = (strings, sample, localStrings)
        samplePosition = best("sample")?.position ?? main.position
        guard let subject, faults.all.isEmpty else { throw CompileError(all: faults.all) }
        self.subject = subject
    }

    private static func source(_ value: YAMLValue) throws(TemplateError) -> SourceFile {
        let text = try value.text("subject")
        let place = value.position.error("")
        return SourceFile(name: place.file, bytes: Array(text.utf8), firstLine: place.line, firstColumn: place.column)
    }

    private static func list(_ value: YAMLValue?) throws(TemplateError) -> String? {
        guard let value else { return nil }
        let name = try value.text("list")
        let isWord = name.utf8.allSatisfy { $0.isLetter || $0.isDigit || "-_.".utf8.contains($0) }
        guard isWord, (1...64).contains(name.utf8.count) else {
            throw value.position.error("`list` is one word of 1 to 64 letters, digits, `-`, `_` and `.`")
        }
        return name
    }

    /// The names that the template may use: its variables, and the address for unsubscribing where it declares none of that
    /// name.
    var names: [VariableDeclaration] {
        let given = VariableDeclaration.unsubscribeURL
        return variables.contains { $0.name == given.name } ? variables : variables + [given]
    }

    private static func sample(_ value: YAMLValue, _ faults: inout FaultList) -> JSONObject {
        guard let sample = value["sample"] else { return JSONObject() }
        _ = faults.noting { () throws(TemplateError) in try sample.members("sample") }
        return sample.json.object ?? JSONObject()
    }

    private static func strings(_ value: YAMLValue, _ faults: inout FaultList) -> JSONObject {
        guard let strings = value["strings"] else { return JSONObject() }
        return Wording.read(strings, &faults)
    }
}

extension JSONObject {
    /// Adds the members of `other`, which replace members with the same name.
    func merged(with other: JSONObject) -> JSONObject {
        var result = self
        for (key, value) in other { result[key] = value }
        return result
    }
}
