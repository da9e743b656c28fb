// SPDX-License-Identifier: Apache-2.0
import Boundary
import JSON
import OAuth
import Providers
import Settings

/// Checks the files that renew tokens, before a token is needed.
enum CredentialFiles {
    /// The faults of the providers' client files and key files; a corrected file takes effect without a restart.
    static func warnings(_ files: [CredentialFile]) -> [String] {
        files.compactMap { file in
            let content = TokenFile(file.path) { try JSONReader.read($0) }
            do throws(TokenError) {
                switch file.kind {
                case .client(let service): _ = try content.client(for: service)
                case .serviceAccountKey:
                    guard try content.json()["type"]?.string != "service_account" else { return nil }
                    return "\(file.provider): \(file.path): it is no key file of a service account"
                }
                return nil
            } catch {
                return "\(file.provider): \(error)"
            }
        }
    }
}

extension SettingsFaults {
    /// The credential files that the refused settings name.
    var credentialFiles: [CredentialFile] { references.compactMap { $0 as? CredentialFile } }
}
