// SPDX-License-Identifier: Apache-2.0
import Boundary
import Gateway
import JSON
import Providers

/// Looks at the files that tokens are renewed with, before one is needed.
enum CredentialFiles {
    /// What is wrong with client files and key files of the providers; a corrected one takes effect without a restart.
    static func warnings() -> [String] {
        OutsideWorld.tokens.requests.compactMap { request in
            do throws(TokenFileFault) {
                switch request.place {
                case .serviceAccount(let path):
                    let key = try TokenFile(path) { try JSONReader.read($0) }.json()
                    guard key["type"]?.string != "service_account" else { return nil }
                    return "\(request.provider): \(path): it is no key file of a service account"
                case .database, .file:
                    _ = try TokenFile(request.credentials ?? "") { try JSONReader.read($0) }.client(for: request.service)
                case .command: break
                }
                return nil
            } catch {
                return "\(request.provider): \(error)"
            }
        }
    }
}
