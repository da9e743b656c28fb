// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery

extension HTTPRequest {
    /// True when the header fields are valid: names are tokens (RFC 9110 section 5.6.2), values contain no CR, LF or
    /// NUL (section 5.5).
    ///
    /// ``HTTPRequest/Method`` and ``HTTPURL`` are safe by construction.
    var isWritable: Bool {
        headers.allSatisfy { header in
            !header.name.isEmpty && header.name.utf8.allSatisfy(\.isTokenByte)
                && !header.value.utf8.contains { $0 == 0 || $0 == 10 || $0 == 13 }
        }
    }
}

extension HTTPFailure {
    /// Nothing was sent, because libcurl could not be used; an option that it refuses would be refused again.
    init(_ fault: CurlError) {
        switch fault {
        case .unusable: self = .unusable(fault.description)
        case .option: self.init(stage: .connect, reason: .invalid, detail: fault.description)
        }
    }

    /// Nothing was sent, because of this process; another try may succeed.
    static func unusable(_ detail: String) -> HTTPFailure {
        HTTPFailure(stage: .connect, reason: .disconnected, detail: detail)
    }
}
