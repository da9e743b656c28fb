// SPDX-License-Identifier: Apache-2.0
import SQL
import Server
import Testing

@testable import posthaste

/// What the features of this gateway add to it.
@Suite struct FeaturesTests {
    @Test func eachFeatureHasItsOwnSectionAndBinder() {
        #expect(Features.all.map(\.settingsKey) == ["password_reset"])
        #expect(Features.all.map(\.binder) == ["password-reset"])
        #expect(Features.criticalCategories == ["password-reset"])
    }

    /// A store has the steps of all features, so their numbers have no gap.
    @Test func stepsOfTheSchemaFollowEachOther() {
        #expect(Features.schema.migrations.map(\.number) == Array(1...Features.schema.migrations.count))
        let names = Features.schema.tables.map(\.name)
        #expect(Set(names).count == names.count)
    }
}
