// SPDX-License-Identifier: Apache-2.0
import JSON

/// Inserts the fixed values of one brand and locale into a blueprint.
struct ProgramMaker {
    private let blueprint: Blueprint
    private let values: FixedValues
    /// The items of the enclosing sections over fixed values.
    private var items: [JSON] = []
    private var program = Program()
    /// Text is not merged with a step before this one, because a jump targets this step.
    private var barrier = 0

    /// Throws when a used value is not set or is refused in its context.
    static func program(_ blueprint: Blueprint, _ values: FixedValues) throws(TemplateError) -> Program {
        var maker = ProgramMaker(blueprint, values)
        try maker.run(blueprint.steps.indices)
        return maker.program
    }

    private init(_ blueprint: Blueprint, _ values: FixedValues) {
        (self.blueprint, self.values) = (blueprint, values)
        program.text.reserveCapacity(blueprint.text.count + blueprint.fixed.count * 16)
        program.steps.reserveCapacity(blueprint.steps.count)
        program.values = blueprint.variables
        program.linkHosts = values.brand.linkHosts
        program.locale = LocaleFormats.formats(values.locale)
    }

    private mutating func run(_ range: Range<Int>) throws(TemplateError) {
        var index = range.lowerBound
        while index < range.upperBound {
            let step = blueprint.steps[index]
            index += 1
            switch step {
            case .text(let from, let to): program.append(text: blueprint.text[from..<to], barrier: barrier)
            case .value(let value): program.steps.append(.value(value))
            case .fixed(let use): try put(blueprint.fixed[use])
            case .section(let value, let isInverted, let end):
                try section(value, isInverted, index..<end)
                index = end
            case .fixedSection(let use, let isInverted, let end):
                try fixedSection(blueprint.fixed[use], isInverted, index..<end)
                index = end
            case .lineBreak(let blank): program.steps.append(.lineBreak(blank: blank))
            case .softSpace: program.steps.append(.softSpace)
            case .list(let step): program.steps.append(.list(step))
            }
        }
    }

    private mutating func put(_ use: Blueprint.FixedUse) throws(TemplateError) {
        guard let value = values.value(of: use.name, at: use.level, items) else {
            throw use.name.position.error("`\(use.name.text)` is not set; ask with {{#\(use.name.text)}} first")
        }
        let bytes = try use.escaper.bytes(
            value.shown,
            of: use.name,
            linkHosts: program.linkHosts,
            quotesWhenEmpty: use.quotesWhenEmpty
        )
        program.append(text: bytes[...], barrier: barrier)
    }

    private mutating func section(_ value: Int, _ isInverted: Bool, _ inner: Range<Int>) throws(TemplateError) {
        guard values.hasForm(blueprint.variables[value].value.pluralCategory) else { return }
        let start = program.beginSection(value)
        barrier = program.steps.count
        try run(inner)
        program.endSection(value, isInverted: isInverted, from: start)
        barrier = program.steps.count
    }

    private mutating func fixedSection(
        _ use: Blueprint.FixedUse,
        _ isInverted: Bool,
        _ inner: Range<Int>
    ) throws(TemplateError) {
        let value = values.value(of: use.name, at: use.level, items) ?? .null
        guard value.isTruthy != isInverted else { return }
        guard !isInverted else { return try run(inner) }
        for item in value.array ?? [value] {
            items.append(item)
            defer { items.removeLast() }
            try run(inner)
        }
    }
}

extension FixedValues {
    /// Whether the language has a plural category; true for nil.
    func hasForm(_ category: PluralCategory?) -> Bool {
        category.map(PluralCategory.categories(of: locale).contains) ?? true
    }

    /// The value of `name`: a global name, or a field of one of `items`.
    func value(of name: Name, at level: Int, _ items: [JSON]) -> JSON? {
        level == 0 ? value(at: name.parts) : items[level - 1].descend(name.parts[...])
    }
}

extension JSON {
    /// The text of a fixed value; for a logo, its URL.
    var shown: String {
        if case .string(let text) = self { return text }
        return ValueFormat.plain.text(self["url"] ?? self, .english) ?? ""
    }
}
