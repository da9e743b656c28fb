// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Storage

@Suite struct ParameterSyntaxTests {
    @Test(arguments: [
        ("SELECT $1, $12", "SELECT ?1, ?12"),
        ("SELECT '$1', $1", "SELECT '$1', ?1"),
        ("SELECT 'it''s $1', \"a$2\", $3", "SELECT 'it''s $1', \"a$2\", ?3"),
        ("SELECT '\"', $1, '\"'", "SELECT '\"', ?1, '\"'"),
        ("SELECT 'ü$1', $2 -- 🏀", "SELECT 'ü$1', ?2 -- 🏀"),
    ])
    func parametersAreNumberedOutsideQuotes(_ sql: String, _ expected: String) {
        #expect(ParameterSyntax().numbered(sql) == expected)
        #expect(ParameterSyntax.rewritten(sql) == expected)
    }
}
