// SPDX-License-Identifier: Apache-2.0
public import Delivery

/// What the stand-in does wrong, and when.
///
///     google.script.on(.send, .answer(.google(503, html: true)), .actAndCut)
///     google.script.always(.token, .answer(.oauth(400, "invalid_grant")))
public struct GoogleScript: Sendable {
    public enum Fault: Sendable {
        /// Answers this and does nothing.
        case answer(HTTPResponse)
        /// Does what was asked and answers this.
        case actAndAnswer(HTTPResponse)
        /// Does what was asked and answers so much later.
        case slow(Duration)
        /// Cuts the connection before it has read the body.
        case cutBeforeTheBody
        /// Reads it all, does nothing and cuts the connection.
        case cut
        /// Does what was asked and cuts the connection.
        case actAndCut
        /// Reads it all and never answers.
        case hang
        /// Does what was asked and never answers.
        case actAndHang
    }

    private var once: [GoogleEndpoint: [Fault?]] = [:]
    private var ever: [GoogleEndpoint: Fault] = [:]

    public init() {}

    /// Does these, one each time the endpoint is called, then the usual; nil is the usual too.
    public mutating func on(_ endpoint: GoogleEndpoint, _ faults: Fault?...) {
        once[endpoint, default: []] += faults
    }

    /// Does this whenever the endpoint is called and nothing else is planned; nil is the usual.
    public mutating func always(_ endpoint: GoogleEndpoint, _ fault: Fault?) {
        ever[endpoint] = fault
    }

    /// Whether the next call of the endpoint is cut before its body is read.
    func cutsBeforeTheBody(_ endpoint: GoogleEndpoint) -> Bool {
        var copy = self
        if case .cutBeforeTheBody = copy.next(endpoint) { return true }
        return false
    }

    mutating func next(_ endpoint: GoogleEndpoint) -> Fault? {
        guard var left = once[endpoint], !left.isEmpty else { return ever[endpoint] }
        let fault = left.removeFirst()
        once[endpoint] = left
        return fault
    }
}
