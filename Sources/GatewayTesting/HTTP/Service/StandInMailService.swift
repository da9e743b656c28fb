// SPDX-License-Identifier: Apache-2.0
public import Delivery

/// A stand-in for the HTTP API of a mail service, as a value that reads no clock.
public protocol StandInMailService: Sendable {
    /// The messages that the service has taken, in order.
    var taken: [ServiceMail] { get }

    /// Handles one request.
    mutating func answer(_ request: HTTPRequest) -> HTTPResponse
}

/// A planned fault of a stand-in.
public enum ServiceFault: Sendable {
    /// Returns this response and does nothing.
    case answer(HTTPResponse)
    /// Handles the request and returns this response.
    case actAndAnswer(HTTPResponse)
    /// Handles the request and closes the connection.
    case actAndCut
    /// Reads the request and never responds.
    case hang
}
