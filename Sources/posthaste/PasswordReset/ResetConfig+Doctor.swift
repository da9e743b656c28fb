// SPDX-License-Identifier: Apache-2.0
import PasswordReset

extension ResetConfig {
    /// What `doctor` says: whether the directory lets us in, and whether the mail can be written.
    func findings(_ templates: OpenTemplates) async -> [Finding] {
        let faults = faults(in: templates.templates)
        return [await directoryFinding] + faults.map { Finding(subject: "password reset", verdict: .fault, detail: $0) }
    }

    private var directoryFinding: Finding {
        get async {
            do throws(DirectoryFailure) {
                try await directory.directory(.process).check()
                return Finding(subject: "password reset", verdict: .ok, detail: directory.words)
            } catch {
                return Finding(subject: "password reset", verdict: .fault, detail: "\(directory.words): \(error)")
            }
        }
    }
}
