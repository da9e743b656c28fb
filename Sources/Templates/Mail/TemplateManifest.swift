// SPDX-License-Identifier: Apache-2.0
import JSON

/// What `template.yaml`, and the file of its locale, say.
struct TemplateManifest {
    let subject: SourceFile
    let category: String?
    let summary: String?
    /// Nil for the default, "none" for none.
    let layout: (name: String, position: Position)?
    let variables: [VariableDeclaration]
    /// Where each variable is declared.
    let positions: [String: Position]
    let strings: JSONObject
    let sample: JSONObject
    let samplePosition: Position

    private static let keys = ["subject", "category", "description", "layout", "variables", "strings", "sample"]
    private static let localeKeys = ["subject", "strings", "sample"]

    init(_ file: SourceFile, locale localeFile: SourceFile?) throws(TemplateError) {
        let main = try YAMLValue.read(file)
        try main.checkKeys(Self.keys, in: "template.yaml")
        let local = try localeFile.map { file throws(TemplateError) in try YAMLValue.read(file) }
        try local?.checkKeys(Self.localeKeys, in: "template.LOCALE.yaml")
        guard let subject = local?["subject"] ?? main["subject"] else {
            throw main.position.error("`subject` is missing")
        }
        self.subject = try Self.source(subject)
        category = try main["category"].map { value throws(TemplateError) in try value.text("category") }
        summary = try main["description"].map { value throws(TemplateError) in try value.text("description") }
        layout = try main["layout"].map { value throws(TemplateError) in (try value.text("layout"), value.position) }
        let declared = try main["variables"].map { value throws(TemplateError) in
            try VariableReader.declarations(value, reserved: ["brand", "strings"])
        }
        variables = declared?.map(\.declaration) ?? []
        positions = Dictionary(declared?.map { ($0.declaration.name, $0.at) } ?? []) { $1 }
        strings = try Self.strings(main).merged(with: Self.strings(local))
        let sampleValue = local?["sample"] ?? main["sample"]
        if let sampleValue { _ = try sampleValue.members("sample") }
        let mainSample = main["sample"]?.json.object ?? JSONObject()
        sample = mainSample.merged(with: local?["sample"]?.json.object ?? JSONObject())
        samplePosition = sampleValue?.position ?? main.position
    }

    private static func source(_ value: YAMLValue) throws(TemplateError) -> SourceFile {
        let text = try value.text("subject")
        let place = value.position.error("")
        return SourceFile(name: place.file, bytes: Array(text.utf8), firstLine: place.line, firstColumn: place.column)
    }

    private static func strings(_ value: YAMLValue?) throws(TemplateError) -> JSONObject {
        var result = JSONObject()
        for member in try value?["strings"]?.members("strings") ?? [] {
            result[member.key] = .string(try member.value.text(member.key))
        }
        return result
    }
}

extension JSONObject {
    /// These members with those of `other` in place of or beside them.
    func merged(with other: JSONObject) -> JSONObject {
        var result = self
        for (key, value) in other { result[key] = value }
        return result
    }
}
