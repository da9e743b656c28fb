// SPDX-License-Identifier: Apache-2.0
package import Basics

extension SecretSealing {
    /// The secrets with which a client of the SES front may sign as the API key `id` (AWS Signature Version 4).
    ///
    /// They are stored nowhere. There is one for each sealing key; a new client gets the first.
    package func signingSecrets(ofKey id: String) -> [Secret] { derivedSecrets("ses-front", of: id) }
}
