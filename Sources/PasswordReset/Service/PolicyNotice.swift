// SPDX-License-Identifier: Apache-2.0
import Gateway

/// The rules for passwords in plain words, for people who are about to choose one.
///
/// The directory is asked at most once in a while however many ask here, and is not waited for long: its rules are hints, and it decides
/// when the password comes.
actor PolicyNotice {
    private static let goodFor = Duration.seconds(300)
    private static let retryAfter = Duration.seconds(30)

    private let rules: PasswordRules
    private let directory: any Directory
    private let clock: Clock
    private var known: [String] = []
    private var nextAt: Timestamp?
    private var question: Task<Void, Never>?

    init(_ rules: PasswordRules, _ directory: any Directory, clock: @escaping Clock) {
        self.rules = rules
        self.directory = directory
        self.clock = clock
    }

    /// All rules; of two about the least length the stricter one.
    func words() async -> [String] {
        if nextAt.map({ $0 <= clock() }) ?? true {
            let asked = question ?? Task { await ask() }
            question = asked
            await asked.value
        }
        return Self.merged(rules, known)
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

    static func merged(_ rules: PasswordRules, _ directory: [String]) -> [String] {
        let length = directory.first { $0.hasPrefix("At least ") && $0.hasSuffix(" characters.") }
        let minimum = length.flatMap { Int($0.dropFirst(9).prefix { $0.isNumber }) } ?? 0
        let others = directory.filter { $0 != length }
        return (minimum > rules.minimumLength ? [length].compactMap(\.self) : rules.words) + others
    }
}
