// SPDX-License-Identifier: Apache-2.0
import JSON

/// The HTML part of a template in one locale, for all brands.
struct LintEdition {
    /// Each value with its escaper.
    let pieces: [Piece]
    /// The HTML part along all branches of its sections.
    let allWays: MarkupReader?

    /// Nil when `edition` has no HTML part.
    init?(_ edition: TemplateEdition, _ files: TemplateFiles) {
        // It was compiled before, so it can be parsed.
        guard let pieces = try? TemplateCompiler.placedHTML(edition, files) else { return nil }
        self.pieces = pieces
        allWays = MarkupReader.read(pieces, attributes: [])
    }
}

/// The input of the lint rules: a template in one brand and locale, and its rendered sample.
struct LintSubject {
    let template: CompiledTemplate
    let mail: RenderedMail
    /// The HTML part along all branches of its sections; nil when there is none.
    let allWays: MarkupReader?
    /// The HTML part of the sample.
    let page: LintPage?
    let memo: LintMemo

    /// Reads the files of the template again.
    init?(_ template: CompiledTemplate) {
        // A file that cannot be parsed was reported as a fault.
        guard let (edition, _, files) = try? template.sources.editions() else { return nil }
        self.init(template, LintEdition(edition, files), LintMemo())
    }

    /// `edition` is its HTML part for all brands; nil when it has none.
    ///
    /// Nil for a template whose sample does not render, which is already a fault.
    init?(_ template: CompiledTemplate, _ edition: LintEdition?, _ memo: LintMemo) {
        (self.template, self.memo) = (template, memo)
        allWays = edition?.allWays
        do throws(TemplateError) {
            mail = try template.renderSample()
            let rendered = try edition.map { edition throws(TemplateError) in
                let values = FixedValues(template.edition, template.brand)
                return try RenderedPieces.render(FixedPieces.pieces(edition.pieces, values), template, memo)
            }
            page = rendered.flatMap { LintPage($0, memo) }
        } catch {
            return nil
        }
    }

    /// The file of findings about a text part that is written by hand.
    var textFile: String {
        let paths = ["body.\(template.locale).txt", "body.txt"].map { "\(template.name)/\($0)" }
        return paths.first { template.sources.files[$0] != nil } ?? bodyFile
    }

    /// The file of findings without a better position.
    var bodyFile: String {
        let names = ["body.\(template.locale).html", "body.html", "body.\(template.locale).txt"]
        let paths = names.map { "\(template.name)/\($0)" }
        return paths.first { template.sources.files[$0] != nil } ?? "\(template.name)/body.txt"
    }
}

/// Renders pieces into text pieces with their source positions.
enum RenderedPieces {
    /// Not a UTF-8 byte, so no value can contain it.
    private static let mark: UInt8 = 0xFF

    static func render(
        _ pieces: [Piece],
        _ template: CompiledTemplate,
        _ memo: LintMemo
    ) throws(TemplateError) -> [Piece] {
        var positions: [Position] = []
        let marked = marked(pieces, &positions, memo)
        var program = Program()
        program.locale = LocaleFormats.formats(template.locale)
        var emitter = PieceEmitter(program)
        emitter.emit(marked)
        var renderer = Renderer(data: template.prepared(template.sample))
        try renderer.run(emitter.program)
        return split(renderer.output, positions)
    }

    private static func marked(_ pieces: [Piece], _ positions: inout [Position], _ memo: LintMemo) -> [Piece] {
        var result: [Piece] = []
        for piece in pieces {
            switch piece {
            case .section(let slot, let isInverted, let inner):
                result.append(.section(slot, isInverted: isInverted, marked(inner, &positions, memo)))
                continue
            case .text(_, let position): positions.append(position)
            case .value(let slot): positions.append(memo.fixed(slot.value.name.position))
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
