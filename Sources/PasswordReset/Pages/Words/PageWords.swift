// SPDX-License-Identifier: Apache-2.0
import Server

/// The texts of the pages in one language; `{name}` is the brand.
struct PageWords: Sendable, Hashable {
    let choose: Choose
    let changed: Changed
    let link: Link
    let forgot: Forgot
    let later: Later
    let never: Never
    let rules: Rules

    /// The page for a new password.
    struct Choose: Sendable, Hashable {
        let title: String
        let text: String
        let password: String
        /// The second field, without JavaScript.
        let again: String
        let show: String
        /// The heading of the rules.
        let rules: String
        let button: String
        let missing: String
        let different: String
        /// The heading of the violated rules.
        let refused: String
    }

    /// The page after a change.
    struct Changed: Sendable, Hashable {
        let title: String
        let text: String
        let notice: String
        let button: String
    }

    /// The pages for an invalid link.
    struct Link: Sendable, Hashable {
        let badTitle: String
        let badText: String
        /// Without a token in the URL, as after a reload.
        let incompleteTitle: String
        let incompleteText: String
        let button: String
    }

    /// The page that requests a link, and its response.
    struct Forgot: Sendable, Hashable {
        let title: String
        let text: String
        let email: String
        let button: String
        let malformed: String
        let sentTitle: String
        /// The same whether the address is known or not.
        let sentText: String
        let sentNote: String
        let again: String
    }

    /// The pages that ask the user to try again later.
    struct Later: Sendable, Hashable {
        let manyTitle: String
        let manyText: Counted
        let downTitle: String
        let downText: String
        /// Shown when the link is still valid.
        let linkStaysGood: String
        let button: String
    }

    /// The page for an account whose password is managed elsewhere.
    struct Never: Sendable, Hashable {
        let title: String
        let text: String
    }

    /// The password rules, each as a demand.
    struct Rules: Sendable, Hashable {
        let minimumLength: Counted
        let maximumLength: Counted
        let digits: Counted
        let upperCase: Counted
        let lowerCase: Counted
        let specialCharacters: Counted
        let noControlCharacters: String
        let notUserName: String
        let withoutUserName: String
        let notAddress: String
        let notRecent: Counted
        let notBefore: String
        let notWellKnown: String
        let pattern: String
    }

    /// A sentence in singular and plural, with `{n}` for the number.
    struct Counted: Sendable, Hashable {
        let one: String
        let more: String

        init(_ one: String, _ more: String) {
            self.one = one
            self.more = more
        }

        /// For languages and sentences without a plural form.
        init(_ any: String) { self.init(any, any) }

        func text(_ count: Int) -> String { (count == 1 ? one : more).replacing("{n}", with: String(count)) }
    }

    static func of(_ language: PageLanguage) -> PageWords {
        switch language {
        case .arabic: arabic
        case .german: german
        case .english: english
        case .spanish: spanish
        case .french: french
        }
    }
}
