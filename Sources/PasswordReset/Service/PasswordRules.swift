// SPDX-License-Identifier: Apache-2.0
import Basics
import Monitoring
import Server

/// The gateway's own rules for a new password; the directory's rules apply afterwards.
///
/// No composition rules (NIST SP 800-63B-4 section 3.1.1.2), no trimming and no change of the password.
package struct PasswordRules: Sendable, Hashable {
    /// In code points.
    package var minimumLength: Int
    package var maximumLength: Int

    package init(minimumLength: Int = 8, maximumLength: Int = 128) {
        self.minimumLength = minimumLength
        self.maximumLength = maximumLength
    }

    /// The rules that a password violates; empty when it is valid.
    ///
    /// `address` is the address of the account, if known.
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

    /// These rules with those of the directory, as hints; of two minimum lengths, the stricter one.
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

    /// The rules as an English sentence.
    package var sentence: String {
        let words = words(in: .english)
        return words.last?.isPunctuation == true ? words : words + "."
    }
}

/// Caches the password rules, which are shown before a password is chosen.
///
/// One query to the directory serves all callers and is repeated at an interval; callers wait for it for a limited time. The
/// directory's rules are hints: it decides when the password is set.
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

    /// The gateway's rules, with the known ones of the directory.
    func all() async -> [PasswordRule] {
        if nextAt.map({ $0 <= clock() }) ?? true {
            let asked = question ?? Task { await ask() }
            question = asked
            // After the time limit, the caller gets the rules known so far.
            _ = await Patience.result(within: Self.patience) { await asked.value }
        }
        return rules.merged(with: known)
    }

    private func ask() async {
        defer { question = nil }
        do throws(DirectoryError) {
            known = try await directory.passwordRules()
            nextAt = clock() + Self.goodFor
        } catch {
            // The known rules remain; a directory without an answer does not hide the gateway's own rules.
            nextAt = clock() + Self.retryAfter
        }
    }
}
