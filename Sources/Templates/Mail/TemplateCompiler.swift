// SPDX-License-Identifier: Apache-2.0
import JSON

/// Compiles one template for one brand and locale from the texts of files.
struct TemplateCompiler {
    private enum Part: String {
        case html, txt
    }

    private let template: String
    private let brandID: String
    private let files: TemplateFiles
    private let brand: Brand
    private let locale: String
    private let locales: [String]
    private let manifest: TemplateManifest
    private let subject: [Node]

    static func compile(
        template: String,
        brand: String,
        locale: String?,
        texts: [String: [UInt8]]
    ) throws(TemplateError) -> CompiledTemplate {
        try TemplateCompiler(template, brand, locale, TemplateFiles(texts)).compiled(locale)
    }

    /// The pieces of the HTML part, each value with its escaper; nil when there is no HTML part.
    static func htmlPieces(
        template: String,
        brand: String,
        locale: String?,
        texts: [String: [UInt8]]
    ) throws(TemplateError) -> [Piece]? {
        let compiler = try TemplateCompiler(template, brand, locale, TemplateFiles(texts))
        var used: Set<String> = []
        guard let nodes = try compiler.nodes(.html) else { return nil }
        var pass = PlacePass(linkHosts: compiler.brand.linkHosts)
        return try pass.run(StyleInliner.inline(compiler.expand(nodes, .html, &used)))
    }

    private init(
        _ template: String,
        _ brandID: String,
        _ requested: String?,
        _ files: TemplateFiles
    ) throws(TemplateError) {
        (self.template, self.brandID, self.files) = (template, brandID, files)
        let plain = try Brand.read(brandID, files, locales: [])
        locale = requested ?? plain.locale
        locales = TemplateFiles.fallbacks(locale)
        brand = try Brand.read(brandID, files, locales: locales)
        guard let file = try files.read("\(template)/template.yaml") else {
            throw TemplateError(file: "\(template)/template.yaml", message: "there is no such file")
        }
        var localeFile: SourceFile?
        for locale in locales where localeFile == nil {
            localeFile = try files.read("\(template)/template.\(locale).yaml")
        }
        manifest = try TemplateManifest(file, locale: localeFile)
        subject = try MustacheParser.parse(manifest.subject)
    }

    private func compiled(_ requested: String?) throws(TemplateError) -> CompiledTemplate {
        var used: Set<String> = []
        let subjectProgram = try textProgram(subject, .txt, escaper: .subject, &used)
        let htmlNodes = try nodes(.html)
        let textNodes = try nodes(.txt)
        var htmlProgram: Program?
        var textProgram = try textNodes.map { nodes throws(TemplateError) in
            try self.textProgram(nodes, .txt, escaper: .text, &used)
        }
        if let htmlNodes {
            let pieces = try StyleInliner.inline(expand(htmlNodes, .html, &used))
            var pass = PlacePass(linkHosts: brand.linkHosts)
            htmlProgram = program(try pass.run(pieces))
            textProgram = textProgram ?? program(TextDerivation.pieces(pieces))
        }
        guard let textProgram else {
            throw TemplateError(file: "\(template)/body.html", message: "there is neither a body.html nor a body.txt")
        }
        return CompiledTemplate(
            name: template,
            brand: brand,
            locale: locale,
            manifest: manifest,
            programs: .init(subject: subjectProgram, html: htmlProgram, text: textProgram),
            sources: TemplateBundle(
                template: template,
                brand: brandID,
                locale: requested,
                files: files.texts.filter { files.used.contains($0.key) }
            ),
            usedNames: used
        )
    }

    /// The body in its layout; nil when there is no body of this part.
    private func nodes(_ part: Part) throws(TemplateError) -> [Node]? {
        guard let file = try files.read("\(template)/body", part.rawValue, locales) else { return nil }
        let body = try MustacheParser.parse(file)
        guard let layout = try layout(part) else { return body }
        let known = try MustacheParser.parse(layout.file).blockNames
        guard known.contains("body") else {
            throw layout.file.error("the layout has no {{$body}}{{/body}}", at: 0)
        }
        var blocks: [Block] = []
        var rest: [Node] = []
        var followsBlock = false
        for node in body {
            guard case .block(let block) = node else {
                // The end of a line that holds only such a block is no part of the body.
                if !(followsBlock && node.isBlank) { rest.append(node) }
                followsBlock = false
                continue
            }
            followsBlock = true
            guard known.contains(block.name) else {
                let hint = Spelling.hint(for: block.name, among: known.sorted())
                throw block.position.error("the layout `\(layout.name)` has no block `\(block.name)`\(hint)")
            }
            blocks.append(block)
        }
        let start = Position(source: file, offset: 0)
        if !blocks.contains(where: { $0.name == "body" }) {
            blocks.append(Block(name: "body", indentation: [], isStandalone: true, nodes: rest, position: start))
        }
        let target = PartialTarget.fixed("layouts/\(layout.name)")
        return [.parent(Parent(target: target, indentation: [], blocks: blocks, position: start))]
    }

    private func layout(_ part: Part) throws(TemplateError) -> (name: String, file: SourceFile)? {
        let name = manifest.layout?.name ?? "base"
        guard name != "none" else { return nil }
        if let file = try files.read("layouts/\(name)", part.rawValue, locales) { return (name, file) }
        if part == .html, let position = manifest.layout?.position {
            throw position.error("there is no layouts/\(name).html")
        }
        return nil
    }

    private func expand(_ nodes: [Node], _ part: Part, _ used: inout Set<String>) throws(TemplateError) -> [Piece] {
        var expander = Expander(manifest.variables, constants: constants, subject: subject) {
            [files, locales] (name, position) throws(TemplateError) in
            try Self.partial(name, part, position, files, locales)
        }
        let pieces = try expander.expand(nodes)
        used.formUnion(expander.usedNames)
        return pieces
    }

    private static func partial(
        _ name: String,
        _ part: Part,
        _ position: Position,
        _ files: TemplateFiles,
        _ locales: [String]
    ) throws(TemplateError) -> [Node] {
        let paths = name.hasPrefix("layouts/") ? [name] : ["partials/\(name)", "layouts/\(name)"]
        for path in paths {
            if let file = try files.read(path, part.rawValue, locales) { return try MustacheParser.parse(file) }
        }
        let known = files.texts.keys.filter { $0.hasPrefix("partials/") && $0.hasSuffix(".\(part.rawValue)") }
            .map { String($0.dropFirst(9).prefix { $0 != "." }) }
        throw position.error(
            "there is no partials/\(name).\(part.rawValue)\(Spelling.hint(for: name, among: known.sorted()))"
        )
    }

    private func textProgram(
        _ nodes: [Node],
        _ part: Part,
        escaper: Escaper,
        _ used: inout Set<String>
    ) throws(TemplateError) -> Program {
        program(try expand(nodes, part, &used).map { $0.escaped(with: escaper) })
    }

    private func program(_ pieces: [Piece]) -> Program {
        var program = Program()
        program.linkHosts = brand.linkHosts
        program.locale = LocaleFormats.formats(locale)
        var emitter = PieceEmitter(program)
        emitter.emit(pieces)
        return emitter.program
    }

    private var constants: [String: JSON] {
        [
            "brand": brand.json,
            "strings": .object(brand.strings.merged(with: manifest.strings)),
            "locale": .string(locale),
            "direction": LocaleFormats.isRightToLeft(locale.lowercased()) ? "rtl" : "ltr",
            "template": .string(template),
            "category": manifest.category.map(JSON.string) ?? .null,
        ]
    }
}

extension Piece {
    /// For a part that is no HTML.
    fileprivate func escaped(with escaper: Escaper) -> Piece {
        switch self {
        case .value(var slot):
            slot.value.escaper = slot.type == .html && escaper == .text ? .htmlAsText : escaper
            return .value(slot)
        case .section(let slot, let isInverted, let inner):
            return .section(slot, isInverted: isInverted, inner.map { $0.escaped(with: escaper) })
        default: return self
        }
    }
}

extension Node {
    /// Whether it is white space of the file and nothing else.
    fileprivate var isBlank: Bool {
        if case .text(let bytes, _) = self { bytes.allSatisfy(\.isSpace) } else { false }
    }
}

extension [Node] {
    /// The names of all blocks, also of those in sections, blocks and parents.
    fileprivate var blockNames: Set<String> {
        reduce(into: []) { names, node in
            switch node {
            case .block(let block): names.formUnion(block.nodes.blockNames.union([block.name]))
            case .section(let section): names.formUnion(section.nodes.blockNames)
            case .parent(let parent): for block in parent.blocks { names.formUnion(block.nodes.blockNames) }
            case .text, .lineStart, .value, .partial: break
            }
        }
    }
}
