// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import Submission

/// The process's only source of time, randomness and the host name.
enum ProcessContext {
    static let clock: Clock = { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    /// The system's cryptographically secure generator.
    static let random: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }

    static let chance: @Sendable () -> Double = { Double.random(in: 0..<1) }

    /// The user at the command line, as named in events.
    static var actor: String {
        let user = NSUserName()
        return Principal.commandLine.actor + (user.isEmpty ? "" : " (\(user) on \(hostName))")
    }

    /// The name in the greeting of SMTP clients.
    static let hostName: String = {
        let name = ProcessInfo.processInfo.hostName
        let isName = !name.isEmpty && name.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-.".utf8.contains($0) }
        return isName ? name : "localhost"
    }()
}
