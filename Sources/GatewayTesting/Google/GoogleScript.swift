// SPDX-License-Identifier: Apache-2.0
public import Delivery

/// The faults of the stand-in, and when they occur.
///
///     google.script.on(.send, .answer(.google(503, html: true)), .actAndCut)
///     google.script.always(.token, .answer(.oauth(400, "invalid_grant")))
public struct GoogleScript: Sendable {
    public enum Fault: Sendable {
        /// Returns this response and does nothing.
        case answer(HTTPResponse)
        /// Performs the request and returns this response.
        case actAndAnswer(HTTPResponse)
        /// Performs the request and responds after this delay.
        case slow(Duration)
        /// Closes the connection before it has read the body.
        case cutBeforeTheBody
        /// Reads the whole request, does nothing and closes the connection.
        case cut
        /// Performs the request and closes the connection.
        case actAndCut
        /// Reads the whole request and never responds.
        case hang
        /// Performs the request and never responds.
        case actAndHang
    }

    private var once: [GoogleEndpoint: [Fault?]] = [:]
    private var ever: [GoogleEndpoint: Fault] = [:]

    public init() {}

    /// Plans one fault for each of the next calls of the endpoint; nil is the normal behaviour, as after the last one.
    public mutating func on(_ endpoint: GoogleEndpoint, _ faults: Fault?...) {
        once[endpoint, default: []] += faults
    }

    /// Sets the behaviour of the endpoint when nothing is planned; nil is the normal behaviour.
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
