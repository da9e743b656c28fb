// SPDX-License-Identifier: Apache-2.0
import Boundary
import OAuth

/// Finds data that the next restart would lose: a login or a store in memory or in a container's own layer.
enum VolatileStorage {
    static func warnings(_ settings: GatewaySettings) -> [String] {
        var warnings: [String] = []
        if let path = settings.store.path, let why = FileStorage.volatility(of: path) {
            warnings.append(
                "the store \(path) lies in \(why), with all mail and tokens; put it on a volume that stays"
            )
        }
        for request in ProcessServices.tokens.requests {
            guard case .file(let path) = request.place, let why = FileStorage.volatility(of: path) else { continue }
            warnings.append(
                "the token file \(path) of \(request.provider) lies in \(why), and the login with it; put it on a volume that "
                    + "stays, or move it into the database: posthaste tokens import --provider \(request.kind) "
                    + "--account \(request.account) \(path)"
            )
        }
        return warnings
    }
}
