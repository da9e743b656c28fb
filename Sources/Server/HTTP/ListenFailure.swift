// SPDX-License-Identifier: Apache-2.0
import Foundation
internal import NIOCore

/// Why the server cannot listen on an address.
package enum ListenFailure: Equatable {
    case inUse
    /// Ports below 1024 need a privilege.
    case forbidden
    /// No network interface of this machine has the address.
    case notHere
    case unknownHost
    /// Any other error, as text for operators.
    case other(String)

    /// Classifies an error that a server threw when it tried to listen.
    package init(_ error: any Error) {
        if error is SocketAddressError {
            self = .unknownHost
            return
        }
        guard let error = error as? IOError else {
            self = .other("\(error)")
            return
        }
        switch error.errnoCode {
        case EADDRINUSE: self = .inUse
        case EACCES, EPERM: self = .forbidden
        case EADDRNOTAVAIL: self = .notHere
        default: self = .other(unsafe String(cString: strerror(error.errnoCode)))
        }
    }

    /// A system error as text for operators, without its number.
    package static func plain(_ error: any Error) -> String {
        (error as? IOError).map { unsafe String(cString: strerror($0.errnoCode)) } ?? "\(error)"
    }

    /// The cause and the remedy; `setting` names the origin of the address.
    package func words(_ address: String, setting: String) -> String {
        switch self {
        case .inUse: "\(address) is in use by another program: stop that one, or change \(setting)"
        case .forbidden:
            "\(address) may not be listened on: ports below 1024 need the capability CAP_NET_BIND_SERVICE; take a higher one in "
                + "\(setting)"
        case .notHere: "\(address) is no address of this machine: change \(setting)"
        case .unknownHost: "\(address) has a host that cannot be found: change \(setting)"
        case .other(let words): "\(address) cannot be listened on: \(words); see \(setting)"
        }
    }
}
