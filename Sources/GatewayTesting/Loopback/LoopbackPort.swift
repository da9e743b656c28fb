// SPDX-License-Identifier: Apache-2.0

/// Ports of 127.0.0.1.
package enum LoopbackPort {
    /// A port without a listener at the moment, for a server that needs a port number in advance.
    package static func free() throws(TestingError) -> Int {
        try LoopbackSocket.listening().port()
    }
}
