// SPDX-License-Identifier: Apache-2.0

/// The result of compiling something from files.
struct Made<Value: Sendable>: Sendable {
    /// The new value, or else the last valid one.
    let good: Value?
    let faults: [TemplateError]
    /// The requested paths: while none of them changes, the result is valid.
    let probed: Set<String>
}

/// One template in all brands and locales.
struct TemplateShelf: Sendable {
    var editions: [LocaleChain: Made<TemplateEdition>] = [:]
    var entries: [TemplateLibrary.Snapshot.Key: TemplateLibrary.Snapshot.Entry] = [:]
    /// The number of brands and locales tried.
    var tried = 0
    /// With the brand concerned; nil for all.
    var faults: [(brand: String?, fault: TemplateError)] = []

    /// The locales in which it can be sent, sorted.
    var locales: [String] { Set(entries.values.map(\.template.locale)).sorted() }
}
