// SPDX-License-Identifier: Apache-2.0

/// All that the pages say, in one language; `{name}` is the brand.
struct PageWords: Sendable, Hashable {
    let choose: Choose
    let changed: Changed
    let link: Link
    let forgot: Forgot
    let later: Later
    let never: Never
    let rules: Rules
    /// The links at the foot.
    let home: String
    let support: String
    let privacy: String

    /// The page that takes a new password.
    struct Choose: Sendable, Hashable {
        let title: String
        let text: String
        let password: String
        /// The second field, where there is no JavaScript.
        let again: String
        let show: String
        /// Above the rules.
        let rules: String
        let button: String
        /// Before the title of a page that tells of a fault.
        let fault: String
        let missing: String
        let different: String
        /// Above the rules that were not met.
        let refused: String
    }

    /// The page after a change.
    struct Changed: Sendable, Hashable {
        let title: String
        let text: String
        let notice: String
        let button: String
    }

    /// The pages for a link that leads nowhere.
    struct Link: Sendable, Hashable {
        let badTitle: String
        let badText: String
        /// Without a token in the address, as after a reload.
        let incompleteTitle: String
        let incompleteText: String
        let button: String
    }

    /// The page that asks for a link, and the one after it.
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

    /// The pages that ask for patience.
    struct Later: Sendable, Hashable {
        let manyTitle: String
        let manyText: Counted
        let downTitle: String
        let downText: String
        /// When there was a link.
        let linkStaysGood: String
        let button: String
    }

    /// The page for an account whose password is kept elsewhere.
    struct Never: Sendable, Hashable {
        let title: String
        let text: String
    }

    /// The rules for passwords, each as a demand.
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

    /// A sentence for one and for more, with `{n}` for the number.
    struct Counted: Sendable, Hashable {
        let one: String
        let more: String

        init(_ one: String, _ more: String) {
            self.one = one
            self.more = more
        }

        /// For languages and sentences whose words do not follow the number.
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
