// SPDX-License-Identifier: Apache-2.0
import JSON

/// What the rules of lint look at: a template in one brand and locale, and the mail that its sample gives.
struct LintSubject {
    let template: CompiledTemplate
    let mail: RenderedMail
    /// The HTML part with all ways through its sections; nil when there is none.
    let allWays: MarkupReader?
    /// The HTML part of the sample.
    let page: LintPage?

    /// Reads the files of the template again.
    init?(_ template: CompiledTemplate) {
        // What cannot be read was a fault before.
        guard let (edition, _, files) = try? template.sources.editions(),
            let expanded = try? TemplateCompiler.expandedHTML(edition, files)
        else { return nil }
        self.init(template, expanded)
    }

    /// `expanded` is its HTML part for all brands; nil when it has none.
    ///
    /// Nil for a template whose sample does not render, which is a fault already.
    init?(_ template: CompiledTemplate, _ expanded: [Piece]?) {
        self.template = template
        do throws(TemplateError) {
            mail = try template.renderSample()
            let values = FixedValues(template.edition, template.brand)
            let pieces = try expanded.map { pieces throws(TemplateError) in
                try TemplateCompiler.placed(pieces, values)
            }
            allWays = pieces.flatMap { MarkupReader.read($0, attributes: []) }
            let rendered = try pieces.map { pieces throws(TemplateError) in
                try RenderedPieces.render(pieces, template)
            }
            page = rendered.flatMap(LintPage.init)
        } catch {
            return nil
        }
    }

    /// The file to blame for what has no better place.
    var bodyFile: String {
        let names = ["body.\(template.locale).html", "body.html", "body.\(template.locale).txt"]
        let paths = names.map { "\(template.name)/\($0)" }
        return paths.first { template.sources.files[$0] != nil } ?? "\(template.name)/body.txt"
    }
}

/// Renders pieces into text pieces that know which place of the files they come from.
enum RenderedPieces {
    /// No byte of UTF-8, so that no value can hold it.
    private static let mark: UInt8 = 0xFF

    static func render(_ pieces: [Piece], _ template: CompiledTemplate) throws(TemplateError) -> [Piece] {
        var positions: [Position] = []
        let marked = marked(pieces, &positions)
        var program = Program()
        program.locale = LocaleFormats.formats(template.locale)
        var emitter = PieceEmitter(program)
        emitter.emit(marked)
        var renderer = Renderer(data: template.prepared(template.sample))
        try renderer.run(emitter.program)
        return split(renderer.output, positions)
    }

    private static func marked(_ pieces: [Piece], _ positions: inout [Position]) -> [Piece] {
        var result: [Piece] = []
        for piece in pieces {
            switch piece {
            case .section(let slot, let isInverted, let inner):
                result.append(.section(slot, isInverted: isInverted, marked(inner, &positions)))
                continue
            case .text(_, let position): positions.append(position)
            case .value(let slot): positions.append(slot.value.name.position.fixed)
            case .constant, .lineBreak, .softSpace, .list: break
            }
            let index = positions.count - 1
            let bytes = [mark] + [14, 7, 0].map { UInt8(index >> $0 & 0x7F) }
            if index >= 0 { result.append(.text(bytes[...], positions[index])) }
            result.append(piece)
        }
        return result
    }

    private static func split(_ output: [UInt8], _ positions: [Position]) -> [Piece] {
        var pieces: [Piece] = []
        var start = output.firstIndex(of: mark) ?? output.endIndex
        while start + 3 < output.endIndex {
            let index = output[start + 1...start + 3].reduce(0) { $0 << 7 | Int($1) }
            let next = output[(start + 4)...].firstIndex(of: mark) ?? output.endIndex
            if start + 4 < next, index < positions.count {
                pieces.append(.text(output[(start + 4)..<next], positions[index]))
            }
            start = next
        }
        return pieces
    }
}

extension Position {
    /// The same place, whatever is added to its offset: what a value brings stands where its tag stands.
    var fixed: Position {
        let place = error("")
        let file = SourceFile(name: place.file, bytes: [], firstLine: place.line, firstColumn: place.column)
        return Position(source: file, offset: 0)
    }
}
