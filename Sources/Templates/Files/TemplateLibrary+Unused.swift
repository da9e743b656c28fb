// SPDX-License-Identifier: Apache-2.0

extension TemplateLibrary.Snapshot {
    /// Declared variables, and fields of variables, that a template uses in no locale.
    package var unusedVariables: [TemplateError] {
        shelves.keys.sorted().flatMap { name -> [TemplateError] in
            let editions = shelves[name]?.editions.values.compactMap(\.good) ?? []
            let used = editions.reduce(into: Set<String>()) { $0.formUnion($1.parts.usedNames) }
            let positions = editions.first?.manifest.positions ?? [:]
            return positions.sorted { $0.value.offset < $1.value.offset }.compactMap { path, position in
                let outer = path.split(separator: ".").dropLast().joined(separator: ".")
                // A field of an unused variable is not reported separately.
                guard !used.contains(path), outer.isEmpty || used.contains(outer) else { return nil }
                return position.error("`\(path)` is declared and not used")
            }
        }
    }

    /// The locales in which a template can be sent without a file of its own, with their missing content.
    package var missingLocales: [TemplateError] {
        var faults = FaultList(most: .max)
        for name in names {
            for (_, entry) in entries(of: name) {
                let file = "\(name)/template.\(entry.template.locale).yaml"
                guard texts[file] == nil else { continue }
                let missing = entry.template.missingStrings(in: entry.brand.brand)
                guard !missing.isEmpty else { continue }
                let names = missing.map { "`\($0)`" }.joined(separator: ", ")
                faults.add(
                    TemplateError(file: file, message: "there is no such file, so another language has \(names)")
                )
            }
        }
        return faults.all
    }
}

extension CompiledTemplate {
    /// Names of strings that it uses and that are missing in its language, so that a fallback is shown; sorted.
    package var missingStrings: [String] { edition.missingStrings(in: brand) }
}

extension TemplateEdition {
    fileprivate func missingStrings(in brand: Brand) -> [String] {
        let own = manifest.localStrings.union(brand.localStrings)
        return Set(parts.usedStrings.map { $0.parts[1] }).subtracting(own).sorted()
    }
}
