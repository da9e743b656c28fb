// SPDX-License-Identifier: Apache-2.0

/// Who asks: for limits and the trail.
package struct ResetCaller: Sendable, Hashable {
    /// The client's address, as far as it is known.
    package var client: String
    /// What its calls are counted under: the address, and for IPv6 its /64.
    package var networks: [String]
    /// The language that its browser asks for.
    package var locale: String?

    package init(client: String, networks: [String], locale: String?) {
        self.client = client
        self.networks = networks
        self.locale = locale
    }

    /// The network and not the address, for the mail that tells of a change; nil when nothing is known.
    var coarseOrigin: String? { networks.last }
}

/// What happened, for the log and the metrics; never a token, a password or an address.
package enum ResetEvent: Sendable, Hashable {
    case requested
    case overAddressLimit
    case overClientLimit
    case unknownAddress
    case minted(userID: String, message: String)
    case invalidToken
    case notChanged(userID: String, DirectoryFailure)
    case changed(userID: String)
    /// The password was changed, and something after it failed.
    case leftOver(String)
}

/// Is told what happens, and must return at once.
package protocol ResetTrail: Sendable {
    func note(_ event: ResetEvent, _ caller: ResetCaller)
}
