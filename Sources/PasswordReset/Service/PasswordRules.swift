// SPDX-License-Identifier: Apache-2.0
import Basics
import Monitoring

/// The gateway's own rules for a new password; those of the directory come after.
///
/// No rules of composition (NIST SP 800-63B-4 section 3.1.1.2), no trimming and no change of what was typed.
package struct PasswordRules: Sendable, Hashable {
    /// In code points.
    package var minimumLength: Int
    package var maximumLength: Int

    package init(minimumLength: Int = 8, maximumLength: Int = 128) {
        self.minimumLength = minimumLength
        self.maximumLength = maximumLength
    }

    /// The rules that a password breaks; empty when it breaks none.
    ///
    /// `address` is the account's, as far as it is known.
    func broken(by password: String, address: String?) -> [PasswordRule] {
        let count = password.unicodeScalars.count
        var rules: [PasswordRule] = []
        if count < minimumLength { rules.append(.minimumLength(minimumLength)) }
        if count > maximumLength { rules.append(.maximumLength(maximumLength)) }
        if password.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            rules.append(.noControlCharacters)
        }
        if password.lowercased() == address?.lowercased() { rules.append(.notAddress) }
        return rules
    }

    /// For somebody who is about to choose one, with those of the directory; of two about the least length the stricter one.
    func merged(with directory: [PasswordRule]) -> [PasswordRule] {
        let lengths = directory.compactMap { if case .minimumLength(let length) = $0 { length } else { nil } }
        let others = directory.filter { if case .minimumLength = $0 { false } else { true } }
        return [.minimumLength(max(minimumLength, lengths.max() ?? 0))] + others
    }
}

extension PasswordRule {
    var concernsHistory: Bool {
        if case .notRecent = self { true } else { false }
    }

    /// In English, as a sentence.
    package var sentence: String {
        let words = words(in: .english)
        return words.last?.isPunctuation == true ? words : words + "."
    }
}

/// The rules for passwords, for people who are about to choose one.
///
/// The directory is asked at most once in a while however many ask here, and is not waited for long: its rules are hints, and it decides
/// when the password comes.
actor PolicyNotice {
    private static let goodFor = Duration.seconds(300)
    private static let retryAfter = Duration.seconds(30)
    private static let patience = Duration.seconds(2)

    private let rules: PasswordRules
    private let directory: any Directory
    private let clock: Clock
    private var known: [PasswordRule] = []
    private var nextAt: Timestamp?
    private var question: Task<Void, Never>?

    init(_ rules: PasswordRules, _ directory: any Directory, clock: @escaping Clock) {
        self.rules = rules
        self.directory = directory
        self.clock = clock
    }

    /// Ours, and those of the directory as far as they are known.
    func all() async -> [PasswordRule] {
        if nextAt.map({ $0 <= clock() }) ?? true {
            let asked = question ?? Task { await ask() }
            question = asked
            // Whoever comes later gets what is known by then.
            _ = await Patience.result(within: Self.patience) { await asked.value }
        }
        return rules.merged(with: known)
    }

    private func ask() async {
        defer { question = nil }
        do throws(DirectoryFailure) {
            known = try await directory.passwordRules()
            nextAt = clock() + Self.goodFor
        } catch {
            // What was known stays; a directory that tells nothing is no reason not to show our own rules.
            nextAt = clock() + Self.retryAfter
        }
    }
}
