// SPDX-License-Identifier: Apache-2.0

/// Compiles one template for one locale chain, for all brands.
struct TemplateCompiler {
    private let template: String
    private let files: TemplateFiles
    private let manifest: TemplateManifest
    private let bodies: TemplateBodies

    /// Throws all faults of its files that can be found in one pass.
    ///
    /// Reuses those of the `known` parts, from other locales of the template, that would be identical.
    static func edition(
        _ template: String,
        _ files: TemplateFiles,
        known: [TemplateParts] = []
    ) throws(CompileError) -> TemplateEdition {
        do throws(CompileError) {
            return try compiled(template, files, known)
        } catch {
            var faults = FaultList()
            faults.add(error.all)
            faults.add(files.habits)
            throw CompileError(all: faults.all)
        }
    }

    private static func compiled(
        _ template: String,
        _ files: TemplateFiles,
        _ known: [TemplateParts]
    ) throws(CompileError) -> TemplateEdition {
        var faults = FaultList()
        let manifest = faults.notingAll { () throws(CompileError) in try Self.manifest(template, files) }
        let bodies = TemplateBodies(template, layout: manifest?.layout, files, &faults)
        let subject = manifest.flatMap { manifest in
            faults.noting { () throws(TemplateError) in try MustacheParser.parse(manifest.subject) }
        }
        guard let manifest, let subject, faults.all.isEmpty else { throw CompileError(all: faults.all) }
        let compiler = TemplateCompiler(template: template, files: files, manifest: manifest, bodies: bodies)
        let same = known.first { $0.isSame(manifest.subject, files) }
        let parts = if let same { same } else { try compiler.parts(subject) }
        return TemplateEdition(
            name: template,
            locale: files.chain.locale,
            manifest: manifest,
            parts: parts,
            files: files.usedTexts
        )
    }

    /// The pieces of the HTML part for all brands, each value with its escaper; nil when there is no HTML part.
    static func placedHTML(_ edition: TemplateEdition, _ files: TemplateFiles) throws(CompileError) -> [Piece]? {
        var work = Work()
        let manifest = edition.manifest
        let bodies = TemplateBodies(edition.name, layout: manifest.layout, files, &work.faults)
        let compiler = TemplateCompiler(template: edition.name, files: files, manifest: manifest, bodies: bodies)
        let subject = work.faults.noting { () throws(TemplateError) in try MustacheParser.parse(manifest.subject) }
        let expanded = bodies.html.flatMap { compiler.expand($0, .html, subject: subject ?? [], &work) }
        let placed = expanded.flatMap { pieces in
            work.faults.noting { () throws(TemplateError) in try Self.placed(pieces) }
        }
        try work.faults.check()
        return placed
    }

    private static func placed(_ expanded: [Piece]) throws(TemplateError) -> [Piece] {
        var pass = PlacePass()
        return try pass.run(StyleInliner.inline(expanded))
    }

    private static func manifest(
        _ template: String,
        _ files: TemplateFiles
    ) throws(CompileError) -> TemplateManifest {
        var faults = FaultList()
        let path = "\(template)/template.yaml"
        let main = faults.noting { () throws(TemplateError) in
            guard let value = try files.value(path) else {
                throw TemplateError(file: path, message: "there is no such file")
            }
            return value
        }
        var locals: [(value: YAMLValue, isOwn: Bool)] = []
        for locale in files.chain.names {
            let local = faults.noting { () throws(TemplateError) in
                try files.value("\(template)/template.\(locale).yaml")
            }
            if let value = local ?? nil { locals.append((value, files.chain.own.contains(locale))) }
        }
        guard let main else { throw CompileError(all: faults.all) }
        let manifest = faults.notingAll { () throws(CompileError) in
            try TemplateManifest(main, locals, isPlain: files.chain.isPlain)
        }
        guard let manifest, faults.all.isEmpty else { throw CompileError(all: faults.all) }
        return manifest
    }

    private func parts(_ subject: [Node]) throws(CompileError) -> TemplateParts {
        var work = Work()
        let subjectPieces = expand(subject, .txt, subject: [], &work)
        let textPieces = bodies.text.flatMap { expand($0, .txt, subject: subject, &work) }
        let htmlPieces = bodies.html.flatMap { expand($0, .html, subject: subject, &work) }
        let placed = htmlPieces.flatMap { pieces in
            work.faults.noting { () throws(TemplateError) in try Self.placed(pieces) }
        }
        let written = textPieces.flatMap { pieces in
            work.faults.noting { () throws(TemplateError) in
                var pass = TextPlacePass()
                return try pass.run(pieces)
            }
        }
        try work.faults.check()
        let text = written ?? placed.map(TextDerivation.pieces)
        guard let text, let subjectPieces else {
            let message = "there is neither a body.html nor a body.txt"
            throw CompileError(all: [TemplateError(file: "\(template)/body.html", message: message)])
        }
        return TemplateParts(
            subject: Blueprint(subjectPieces.map { $0.escaped(with: .subject) }),
            html: placed.map(Blueprint.init),
            text: Blueprint(text),
            subjectFile: manifest.subject.name,
            direction: files.chain.direction,
            usedNames: work.usedNames,
            plurals: work.plurals,
            unsubscribing: UnsubscribeUse(subject: subjectPieces, html: htmlPieces, text: textPieces),
            requests: files.requests
        )
    }

    /// The combined results of expanding the parts.
    private struct Work {
        var faults = FaultList()
        var usedNames: Set<String> = []
        var plurals: Set<PluralUse> = []
    }

    private func expand(_ nodes: [Node], _ part: TemplatePart, subject: [Node], _ work: inout Work) -> [Piece]? {
        var expander = expander(part, subject: subject)
        let pieces = work.faults.noting { () throws(TemplateError) in try expander.expand(nodes) }
        work.faults.add(expander.faults.all)
        work.usedNames.formUnion(expander.usedNames)
        work.plurals.formUnion(expander.plurals)
        return expander.faults.all.isEmpty ? pieces : nil
    }

    private func expander(_ part: TemplatePart, subject: [Node]) -> Expander {
        let constants = [
            "template": template, "category": manifest.category ?? "",
            // `direction` can select classes whose rules are inlined.
            "direction": files.chain.direction,
        ]
        return Expander(manifest.names, constants: constants, subject: subject) {
            [files] (name, position) throws(TemplateError) in
            try Self.partial(name, part, position, files)
        }
    }

    private static func partial(
        _ name: String,
        _ part: TemplatePart,
        _ position: Position,
        _ files: TemplateFiles
    ) throws(TemplateError) -> [Node] {
        let names = name.hasPrefix("layouts/") ? [name] : ["partials/\(name)", "layouts/\(name)"]
        for name in names {
            guard let path = files.best(name, part.rawValue) else { continue }
            if let nodes = try files.nodes(path) { return nodes }
        }
        let known = files.paths.filter { $0.hasPrefix("partials/") && $0.hasSuffix(".\(part.rawValue)") }
            .map { String($0.dropFirst(9).prefix { $0 != "." }) }
        throw position.error(
            "there is no partials/\(name).\(part.rawValue)\(Spelling.hint(for: name, among: known.sorted()))"
        )
    }
}

extension TemplateParts {
    /// Whether a compilation with this subject would have the same result; records the files read in `files`.
    fileprivate func isSame(_ subject: SourceFile, _ files: TemplateFiles) -> Bool {
        subjectFile == subject.name && direction == files.chain.direction && files.answers(requests)
    }
}

extension Piece {
    /// For parts other than HTML.
    fileprivate func escaped(with escaper: Escaper) -> Piece {
        switch self {
        case .value(var slot):
            slot.value.escaper = escaper
            return .value(slot)
        case .section(let slot, let isInverted, let inner):
            return .section(slot, isInverted: isInverted, inner.map { $0.escaped(with: escaper) })
        default: return self
        }
    }
}
