// SPDX-License-Identifier: Apache-2.0
import Boundary
import Gateway
import Providers
import Synchronization

/// Where a service takes grants back.
enum RevocationEndpoint {
    /// Beside the token endpoint of the client file; nil for services that have none.
    static func of(_ request: TokenRequest) -> HTTPURL? {
        // A client file that cannot be read is told by every other command.
        guard let path = request.credentials,
            let client = try? TokenFile(path, parse: { try JSONReader.read($0) }).client(for: request.service)
        else { return nil }
        let endpoint = client.tokenEndpoint
        guard endpoint.target.hasSuffix("/token"), endpoint.host.hasSuffix("googleapis.com") || endpoint.isLoopback
        else {
            return nil
        }
        return HTTPURL(endpoint.origin + endpoint.target.dropLast("token".count) + "revoke")
    }
}

/// A value that is put in once and read by others.
final class MutexBox<Value: Sendable>: Sendable {
    private let held = Mutex<Value?>(nil)

    func put(_ value: Value) { held.withLock { $0 = value } }
    var value: Value? { held.withLock { $0 } }
}
