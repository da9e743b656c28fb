// SPDX-License-Identifier: Apache-2.0
import Gateway

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
