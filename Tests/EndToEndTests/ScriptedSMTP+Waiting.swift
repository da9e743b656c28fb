// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting

extension ScriptedSMTP {
    /// Waits until a client has sent a command.
    func waitForCommand(_ command: String) {
        while !commands.contains(where: { $0.hasPrefix(command) }) { usleep(5000) }
    }
}
