// SPDX-License-Identifier: Apache-2.0

/// The outcome of making something from files.
struct Made<Value: Sendable>: Sendable {
    /// This one, or else the last one that was good.
    let good: Value?
    let faults: [TemplateError]
    /// The paths that were looked for: while none of them changes, nor does this.
    let probed: Set<String>
}

/// One template in all brands and locales.
struct TemplateShelf: Sendable {
    var editions: [LocaleChain: Made<TemplateEdition>] = [:]
    var entries: [TemplateLibrary.Snapshot.Key: TemplateLibrary.Snapshot.Entry] = [:]
    /// How many brands and locales were tried.
    var tried = 0
    /// With the brand whose mail it concerns; nil for all.
    var faults: [(brand: String?, fault: TemplateError)] = []

    /// The locales that it can be sent in, sorted.
    var locales: [String] { Set(entries.values.map(\.template.locale)).sorted() }
}
