// SPDX-License-Identifier: Apache-2.0
import Delivery
import Foundation
import Providers
import Queue
import Testing

@testable import posthaste

/// The samples of all kinds, and the table in the documentation that is made from them.
@Suite struct ProviderKindsTests {
    private static let pages = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/providers").standardizedFileURL

    private func provider(_ kind: ProviderKind) throws -> any Provider {
        let lines = ["kind: \(kind.name)"] + kind.sample
        let text =
            "allow_chaos: true\nproviders:\n  p:\n" + lines.map { "    \($0)\n" }.joined() + "routes: [{ via: [p] }]\n"
        return try #require(try SettingsText(text).read().providers.first).provider
    }

    @Test func settingsWithEverySampleTakenInAreGood() {
        let text = StarterSettings(kinds: builtInProviders.filter { $0.name != "chaos" && !$0.isCapture }).text
        let lines = text.split(separator: "\n").map { $0.hasPrefix("  # ") ? "  \($0.dropFirst(4))" : String($0) }
        #expect(SettingsText(lines.joined(separator: "\n")).faults == [])
    }

    /// What `init` writes is the minimal configuration of the page; those of `chaos` and `plugin` show more.
    @Test(arguments: builtInProviders.filter { !["chaos", "plugin"].contains($0.name) }.map(\.name))
    func pageShowsTheSample(_ name: String) throws {
        let kind = try #require(builtInProviders.first { $0.name == name })
        let page = try String(contentsOf: Self.pages.appending(path: "\(name).md"), encoding: .utf8)
        let lines = ["    kind: \(name)"] + kind.sample.map { "    \($0)" }
        #expect(page.contains(lines.joined(separator: "\n") + "\n"))
    }

    @Test func documentationShowsWhatEachKindCanCarry() throws {
        let names = Capabilities(rawValue: .max).names
        var rows = ["| kind | " + names.joined(separator: " | ") + " | largest message |"]
        rows.append("|---|" + String(repeating: "---|", count: names.count + 1))
        for kind in builtInProviders {
            let provider = try provider(kind)
            let marks = names.map { provider.capabilities.names.contains($0) ? "yes" : "–" }
            let size = provider.maxMessageBytes ?? MessageSize.limit
            rows.append("| [`\(kind.name)`](\(kind.name).md) | \(marks.joined(separator: " | ")) | \(size) |")
        }
        let page = try String(contentsOf: Self.pages.appending(path: "README.md"), encoding: .utf8)
        #expect(page.contains(rows.joined(separator: "\n")), "the table is:\n\(rows.joined(separator: "\n"))")
    }
}
