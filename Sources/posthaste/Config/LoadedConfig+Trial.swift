// SPDX-License-Identifier: Apache-2.0
import Queue
import Server

extension LoadedConfig {
    /// Warnings about trial settings that do not belong in a production gateway.
    var trialWarnings: [String] {
        let warnings = read.providers.filter(\.showsSecrets).map { provider in
            let kept =
                settings.sealingKeys.isEmpty
                ? "nothing is kept, for `sealing_key` is not set"
                : "people who may see captured mail can use the links and codes in it"
            return "the provider `\(provider.name)` has `show_secrets`, which is for trying out alone: \(kept)"
        }
        return warnings + features.summaries.flatMap(\.trialWarnings)
    }
}
