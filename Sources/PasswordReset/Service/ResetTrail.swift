// SPDX-License-Identifier: Apache-2.0

/// What happened, for the log and the metrics; never a token, a password or an address.
package enum ResetEvent: Sendable, Hashable {
    /// A mail was accepted that will be looked at when it is handed over.
    case requested(message: String)
    /// The same answer was given, and nothing was stored.
    case overAddressLimit
    /// Somebody was told to come back later.
    case overLimit(ResetCall)
    /// The mail was withdrawn, for nobody has its address.
    case unknownAddress(message: String)
    /// The mail was withdrawn, for its user has asked again.
    case overtaken(message: String)
    /// A link was made, and its mail goes out.
    case minted(userID: String, message: String)
    /// The directory could not be asked; the mail waits.
    case unbound(message: String, DirectoryFailure)
    case invalidToken
    /// By our own rules.
    case passwordRefused
    case notChanged(userID: String, DirectoryFailure)
    case changed(userID: String)
    /// The mail that tells of a change was accepted.
    case told(userID: String, message: String)
    /// The password was changed, and something after it failed.
    case leftOver(userID: String, String)
    /// Mail of the feature was refused by the gateway itself.
    case unsendable(String)
}

/// Is told what happens, and must return at once.
package protocol ResetTrail: Sendable {
    /// `caller` is nil for what happens when nobody is there.
    func note(_ event: ResetEvent, _ caller: ResetCaller?)
}
