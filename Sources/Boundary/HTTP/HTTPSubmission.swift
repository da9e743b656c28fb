// SPDX-License-Identifier: Apache-2.0

/// One request, ready to be written.
package struct HTTPSubmission: Sendable {
    package var method: String
    /// An absolute http or https address.
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// How long all of it may take.
    package var timeout: Duration
    /// Nil to connect without one, whatever the environment says.
    package var proxy: Proxy?

    /// A proxy that tunnels to the target, and resolves its name.
    package struct Proxy: Sendable, Hashable {
        /// `http://HOST:PORT` or `socks5h://HOST:PORT`.
        package var url: String
        package var user: String?
        package var password: String?

        package init(url: String, user: String? = nil, password: String? = nil) {
            self.url = url
            self.user = user
            self.password = password
        }
    }

    package init(
        method: String,
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeout: Duration = .seconds(30)
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// What came of a request.
package enum HTTPExchange: Sendable {
    case answered(Answer)
    case failed(Failure)

    package struct Answer: Sendable {
        package var status = 0
        package var headers: [(name: String, value: String)] = []
        package var body: [UInt8] = []
    }

    package struct Failure: Sendable, Hashable {
        package var stage: Stage
        package var reason: Reason
        /// In plain words, without the query of the address.
        package var detail: String
    }

    /// How far the request came.
    package enum Stage: Sendable, Hashable {
        case resolve
        case connect
        case tls
        case sending
        /// libcurl has taken all of the request, so that the server may have it.
        case answering
    }

    package enum Reason: Sendable, Hashable {
        case timedOut
        case disconnected
        /// The certificate or the handshake was not good.
        case insecure
        /// The head or the body of the answer was larger than is sensible.
        case tooLarge
        case cancelled
        /// The request cannot be written: another try would say the same.
        case invalid
    }
}
