// SPDX-License-Identifier: Apache-2.0

/// Ports of 127.0.0.1.
package enum LoopbackPort {
    /// A port on which nobody listens at the moment, for a server that has to be told its port.
    package static func free() throws(LoopbackError) -> Int {
        try LoopbackSocket.listening().port()
    }
}
