// SPDX-License-Identifier: Apache-2.0

/// How the client behaves towards all servers.
package struct HTTPOptions: Sendable {
    package var userAgent: String
    /// A file of trusted certificates in PEM form, in place of the system's.
    package var caFile: String?
    /// An answer with a larger body is given up.
    package var largestBody = 16 << 20
    package var connectTimeout = Duration.seconds(10)
    /// HTTP/2 without TLS and without asking, for tests.
    package var assumesHTTP2 = false

    package init(userAgent: String) {
        self.userAgent = userAgent
    }
}
