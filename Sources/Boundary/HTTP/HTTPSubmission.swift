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
