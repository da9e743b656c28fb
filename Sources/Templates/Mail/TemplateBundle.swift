// SPDX-License-Identifier: Apache-2.0
package import JSON

/// All source files of a compiled template, so that it can be stored and compiled again later.
package struct TemplateBundle: Sendable, Hashable {
    package let template: String
    package let brand: String
    /// The requested locale; nil for the brand's.
    package let locale: String?
    /// The files read, by path.
    let files: [String: [UInt8]]

    init(template: String, brand: String, locale: String?, files: [String: [UInt8]]) {
        (self.template, self.brand, self.locale, self.files) = (template, brand, locale, files)
    }

    /// Parses ``json``; nil for anything else.
    package init?(json: JSON) {
        guard let template = json["template"]?.string, let brand = json["brand"]?.string,
            let members = json["files"]?.object
        else { return nil }
        var files: [String: [UInt8]] = [:]
        for (path, text) in members {
            guard let text = text.string else { return nil }
            files[path] = Array(text.utf8)
        }
        self.init(template: template, brand: brand, locale: json["locale"]?.string, files: files)
    }

    /// Members and files in a fixed order: equal files yield equal bytes.
    package var json: JSON {
        let texts = files.sorted { $0.key < $1.key }.map {
            ($0.key, JSON.string(String(decoding: $0.value, as: UTF8.self)))
        }
        return [
            "template": .string(template), "brand": .string(brand), "locale": locale.map(JSON.string) ?? .null,
            "files": .object(JSONObject(texts)),
        ]
    }

    /// Throws the first fault when there are several.
    package func compile() throws(TemplateError) -> CompiledTemplate {
        let editions: (template: TemplateEdition, brand: BrandEdition, files: TemplateFiles)
        do throws(CompileError) {
            editions = try self.editions()
        } catch {
            throw error.first
        }
        return try CompiledTemplate(editions.template, editions.brand, requested: locale)
    }

    func editions() throws(CompileError) -> (template: TemplateEdition, brand: BrandEdition, files: TemplateFiles) {
        let parsed = ParsedFiles(files)
        let chain = BrandLocales([brand], parsed).chain(locale, brand: brand)
        let brand = try BrandEdition(brand, TemplateFiles(parsed, chain))
        let files = TemplateFiles(parsed, chain)
        return (try TemplateCompiler.edition(template, files), brand, files)
    }
}
