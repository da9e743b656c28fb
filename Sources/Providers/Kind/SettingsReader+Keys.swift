// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Settings

extension SettingsReader {
    /// The required secret under `key`, which is sent in a header field; notes one that no field can hold.
    package func headerKey(_ key: String) -> Secret? {
        guard let secret = secret(key, required: true) else { return nil }
        guard !secret.exposed.isEmpty, secret.exposed.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            note(
                secret.exposed.isEmpty
                    ? "the key is empty" : "the key holds a blank, a line break or another character that no key has",
                key: key,
                remedy: "copy the key alone, as the service shows it"
            )
            return nil
        }
        return secret
    }
}
