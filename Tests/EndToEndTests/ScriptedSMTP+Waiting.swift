// SPDX-License-Identifier: Apache-2.0
import GatewayTesting

extension ScriptedSMTP {
    /// Waits until a client has sent a command; false if none does.
    func waitForCommand(_ command: String) async -> Bool {
        await comesTrue { commands.contains { $0.hasPrefix(command) } }
    }
}
