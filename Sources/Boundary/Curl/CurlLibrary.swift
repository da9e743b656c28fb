// SPDX-License-Identifier: Apache-2.0
internal import CCurl
internal import Glibc

/// libcurl as a whole.
enum CurlLibrary {
    /// Prepares the library once for the process; false when it cannot be used.
    ///
    /// SIGPIPE is ignored from then on: with NOSIGNAL, which threads need, libcurl leaves it to the application.
    static let isReady: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return gw_global_init() == CURLE_OK
    }()
}
