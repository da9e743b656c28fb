// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Foundation
import Synchronization

/// Compiles all brands and templates of a folder, and reuses what did not change since the previous snapshot.
struct SnapshotMaker: Sendable {
    private typealias Key = TemplateLibrary.Snapshot.Key
    private typealias Entry = TemplateLibrary.Snapshot.Entry

    /// The number of templates that justifies a worker, because each one parses layouts and partials itself.
    private static let worthAWorker = 3

    let chains: BrandLocales
    let brandEditions: [String: [LocaleChain: Made<BrandEdition>]]
    private let files: TemplateFolder
    /// The templates to compile.
    private let names: [String]
    private let previous: TemplateLibrary.Snapshot?
    /// The paths of changed files.
    private let changed: Set<String>
    private let locales: FolderLocales
    private let brands: [String]
    /// Whether all brands are unchanged since the previous snapshot.
    private let brandsAreSettled: Bool

    init(_ files: TemplateFolder, previous: TemplateLibrary.Snapshot?, only: Set<String>? = nil) {
        names = files.templates.filter { only?.contains($0) ?? true }
        self.files = files
        self.previous = previous
        changed = files.changed
        locales = FolderLocales(files.texts.keys)
        let parsed = ParsedFiles(files.texts)
        brands = files.brands
        chains = BrandLocales(brands, parsed)
        brandEditions = Self.brandEditions(brands, parsed, chains, locales.all, changed, previous)
        brandsAreSettled = previous.map { [brandEditions] in Self.areSame(brandEditions, $0.brandEditions) } ?? false
    }

    private static func brandEditions(
        _ brands: [String],
        _ parsed: ParsedFiles,
        _ chains: BrandLocales,
        _ locales: Set<String>,
        _ changed: Set<String>,
        _ previous: TemplateLibrary.Snapshot?
    ) -> [String: [LocaleChain: Made<BrandEdition>]] {
        var result: [String: [LocaleChain: Made<BrandEdition>]] = [:]
        for brand in brands {
            for locale in [nil, chains.plain] + locales.map(Optional.init) {
                let chain = chains.chain(locale, brand: brand)
                guard result[brand]?[chain] == nil else { continue }
                let known = previous?.brandEditions[brand]?[chain]
                result[brand, default: [:]][chain] = made(known, changed) { probed throws(CompileError) in
                    let files = TemplateFiles(parsed, chain)
                    defer { probed = files.probed }
                    return try BrandEdition(brand, files)
                }
            }
        }
        return result
    }

    private static func areSame(
        _ new: [String: [LocaleChain: Made<BrandEdition>]],
        _ old: [String: [LocaleChain: Made<BrandEdition>]]
    ) -> Bool {
        new.count == old.count
            && new.allSatisfy { brand, editions in
                editions.allSatisfy { chain, made in
                    guard let known = old[brand]?[chain] else { return false }
                    return known.good === made.good && known.faults == made.faults
                }
            }
    }

    /// The previous result when none of its probed files has changed, or else the result of `work`.
    private static func made<Value>(
        _ known: Made<Value>?,
        _ changed: Set<String>,
        _ work: (inout Set<String>) throws(CompileError) -> Value
    ) -> Made<Value> {
        if let known, known.probed.isDisjoint(with: changed) { return known }
        var probed: Set<String> = []
        do throws(CompileError) {
            let value = try work(&probed)
            return Made(good: value, faults: [], probed: probed)
        } catch {
            return Made(good: known?.good, faults: error.all, probed: probed)
        }
    }

    /// All templates, by name.
    func shelves() -> [String: TemplateShelf] {
        let workers = max(1, min(names.count / Self.worthAWorker, ProcessInfo.processInfo.activeProcessorCount, 8))
        let shelves = Mutex<[String: TemplateShelf]>([:])
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            // Each worker parses shared files itself, because concurrent reference counting of shared nodes is slow.
            let parsed = ParsedFiles(files.texts)
            var made: [(String, TemplateShelf)] = []
            for index in stride(from: worker, to: names.count, by: workers) {
                made.append((names[index], shelf(names[index], parsed)))
            }
            shelves.withLock { shelves in
                for (name, shelf) in made { shelves[name] = shelf }
            }
        }
        return shelves.withLock { $0 }
    }

    private func shelf(_ name: String, _ parsed: ParsedFiles) -> TemplateShelf {
        let before = previous?.shelves[name]
        let locales = brands.map { (brand: $0, locales: self.locales(name, $0)) }
        if let before, isSettled(before, locales) { return before }
        var shelf = TemplateShelf()
        var parts: [TemplateParts] = []
        for (brand, locales) in locales {
            for locale in locales {
                let chain = chains.chain(locale, brand: brand)
                if shelf.editions[chain] == nil {
                    let made = Self.made(before?.editions[chain], changed) { probed throws(CompileError) in
                        let files = TemplateFiles(parsed, chain)
                        defer { probed = files.probed }
                        return try TemplateCompiler.edition(name, files, known: parts)
                    }
                    if let found = made.good?.parts, !parts.contains(where: { $0 === found }) { parts.append(found) }
                    shelf.faults += made.faults.map { (nil, $0) }
                    shelf.editions[chain] = made
                }
                enter(Key(brand: brand, locale: locale), chain, before, in: &shelf)
            }
        }
        return shelf
    }

    /// Whether none of the inputs of a shelf has changed.
    private func isSettled(_ shelf: TemplateShelf, _ locales: [(brand: String, locales: [String?])]) -> Bool {
        guard brandsAreSettled, shelf.tried == locales.reduce(0, { $0 + $1.locales.count }) else { return false }
        guard shelf.editions.values.allSatisfy({ $0.probed.isDisjoint(with: changed) }) else { return false }
        return locales.allSatisfy { brand, locales in
            locales.allSatisfy { shelf.editions[chains.chain($0, brand: brand)] != nil }
        }
    }

    /// Nil for the brand's own locale, then all locales with files.
    private func locales(_ template: String, _ brand: String) -> [String?] {
        let folders = [template, "brands/\(brand)", "brands/default", "layouts", "partials"]
        let found = folders.reduce(into: Set([chains.plain])) { $0.formUnion(locales.byFolder[$1] ?? []) }
        return [nil] + found.sorted().map(Optional.init)
    }

    /// Adds a template to its shelf if it renders, or else its previous version.
    private func enter(_ key: Key, _ chain: LocaleChain, _ known: TemplateShelf?, in shelf: inout TemplateShelf) {
        let before = known?.entries[key]
        shelf.tried += 1
        guard let template = shelf.editions[chain]?.good, let brand = brandEditions[key.brand]?[chain]?.good else {
            shelf.entries[key] = before
            return
        }
        if let before, before.template === template, before.brand === brand {
            shelf.entries[key] = before
            return
        }
        do throws(TemplateError) {
            // The brand's own locale was tried before as nil.
            let own =
                key.locale == nil ? nil : shelf.entries[Key(brand: key.brand, locale: nil)]
            if own.map({ $0.template !== template || $0.brand !== brand }) ?? true {
                _ = try CompiledTemplate(template, brand, requested: key.locale).renderSample()
            }
            shelf.entries[key] = Entry(template: template, brand: brand)
        } catch {
            shelf.faults.append((key.brand, error))
            shelf.entries[key] = before
        }
    }
}
