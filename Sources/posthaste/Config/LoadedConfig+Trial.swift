// SPDX-License-Identifier: Apache-2.0
import PasswordReset
import Queue

extension LoadedConfig {
    /// Warnings about trial settings that do not belong in a production gateway.
    var trialWarnings: [String] {
        var warnings = read.providers.filter(\.showsSecrets).map { provider in
            let kept =
                settings.sealingKeys.isEmpty
                ? "nothing is kept, for `sealing_key` is not set"
                : "people who may see captured mail can use the links and codes in it"
            return "the provider `\(provider.name)` has `show_secrets`, which is for trying out alone: \(kept)"
        }
        if reset?.isDemo == true {
            warnings.append(
                "`password_reset.directory` is of `kind: demo`, which is for trying out alone: no password is really changed"
            )
        }
        return warnings
    }
}
