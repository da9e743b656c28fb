// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import Submission

/// Time, chance and the name of the machine; nothing else asks for them.
enum ProcessContext {
    static let clock: Clock = { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    /// The system's own generator, which nobody can guess.
    static let random: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }

    static let chance: @Sendable () -> Double = { Double.random(in: 0..<1) }

    /// The person at the command line, as events name them.
    static var actor: String {
        let user = NSUserName()
        return Principal.commandLine.actor + (user.isEmpty ? "" : " (\(user) on \(hostName))")
    }

    /// The name that SMTP clients greet with.
    static let hostName: String = {
        let name = ProcessInfo.processInfo.hostName
        let isName = !name.isEmpty && name.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-.".utf8.contains($0) }
        return isName ? name : "localhost"
    }()
}
