// SPDX-License-Identifier: Apache-2.0

extension TemplateLibrary {
    /// The state of the folder at one moment.
    package final class Snapshot: Sendable {
        struct Key: Hashable {
            let brand: String
            /// Nil for the brand's own locale.
            let locale: String?
        }

        /// All files by path.
        let texts: [String: [UInt8]]
        /// A template and a brand that rendered the sample together.
        struct Entry {
            let template: TemplateEdition
            let brand: BrandEdition
        }

        let brandEditions: [String: [LocaleChain: Made<BrandEdition>]]
        let shelves: [String: TemplateShelf]
        private let chains: BrandLocales
        /// All templates that can be sent, sorted.
        package let names: [String]
        /// Templates that cannot be sent in any brand, because no version of them was valid; sorted.
        package let brokenNames: [String]
        package let brands: [String]
        /// The faults of unusable files; the last valid version is used meanwhile.
        package let faults: [TemplateError]

        /// With `only`, other templates are ignored.
        init(_ files: TemplateFolder, previous: Snapshot?, only: Set<String>? = nil) {
            texts = files.texts
            let maker = SnapshotMaker(files, previous: previous, only: only)
            chains = maker.chains
            brandEditions = maker.brandEditions
            let shelves = maker.shelves()
            self.shelves = shelves
            brands = brandEditions.filter { $0.value.values.contains { $0.good != nil } }.keys.sorted()
            names = shelves.filter { !$0.value.entries.isEmpty }.keys.sorted()
            brokenNames = shelves.filter { $0.value.entries.isEmpty }.keys.sorted()
            var faults = FaultList(most: .max)
            faults.add(files.faults)
            for brand in brandEditions.keys.sorted() {
                for made in brandEditions[brand]?.values.map({ $0 }) ?? [] { faults.add(made.faults) }
            }
            for name in shelves.keys.sorted() { faults.add(shelves[name]?.faults.map(\.fault) ?? []) }
            self.faults = faults.all
        }

        /// The template in the best available locale: `fr-CA`, `fr`, then the brand's own.
        package func template(_ name: String, brand: String, locale: String? = nil) -> CompiledTemplate? {
            let found = self.locale(of: name, brand: brand, for: locale)
            return compiled(name, Key(brand: brand, locale: found)) ?? compiled(name, Key(brand: brand, locale: nil))
        }

        /// The best available locale for the requested one; nil for the brand's own.
        package func locale(of template: String, brand: String, for requested: String?) -> String? {
            let candidates = requested.map { LocaleChain.fallbacks(LocaleChain.canonical($0)) } ?? []
            return candidates.first { shelves[template]?.entries[Key(brand: brand, locale: $0)] != nil }
        }

        private func compiled(_ template: String, _ key: Key) -> CompiledTemplate? {
            guard let entry = shelves[template]?.entries[key] else { return nil }
            // An entry has been compiled before.
            return try? CompiledTemplate(entry.template, entry.brand, requested: key.locale)
        }

        /// Every template in every brand and locale, compiled on demand; sorted.
        package var compiled: [CompiledTemplate] {
            names.flatMap(compiled)
        }

        /// A template in every brand and locale.
        func compiled(_ name: String) -> [CompiledTemplate] {
            entries(of: name).compactMap { compiled(name, $0.key) }
        }

        /// The same without duplicates: the brand's own locale usually has a name as well.
        func distinct(_ name: String) -> [CompiledTemplate] {
            var seen: Set<[ObjectIdentifier]> = []
            return entries(of: name).compactMap { key, entry in
                let id = [ObjectIdentifier(entry.template), ObjectIdentifier(entry.brand)]
                return seen.insert(id).inserted ? compiled(name, key) : nil
            }
        }

        /// Sorted by brand and locale.
        func entries(of name: String) -> [(key: Key, value: Entry)] {
            (shelves[name]?.entries ?? [:]).sorted {
                ($0.key.brand, $0.key.locale ?? "") < ($1.key.brand, $1.key.locale ?? "")
            }
        }

        /// The search order of the template's files.
        func chain(of template: CompiledTemplate) -> LocaleChain {
            chains.chain(template.requested, brand: template.brand.id)
        }

        /// A brand by its folder name, in its own locale.
        package func brand(_ id: String) -> Brand? {
            brandEditions[id]?[chains.chain(nil, brand: id)]?.good?.brand
        }

        /// The faults of a template, in one brand or in all.
        package func faults(of template: String, brand: String? = nil) -> [TemplateError] {
            var faults = FaultList()
            for (owner, fault) in shelves[template]?.faults ?? [] where brand == nil || owner == nil || owner == brand {
                faults.add(fault)
            }
            return faults.all
        }

        /// The locales in which a template can be sent, sorted.
        package func locales(of template: String) -> [String] { shelves[template]?.locales ?? [] }
    }
}
