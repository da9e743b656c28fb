// SPDX-License-Identifier: Apache-2.0
public import Delivery

/// A stand-in for a service over HTTP, as a value that reads no clock.
public protocol StandInService: Sendable {
    /// Handles one request.
    mutating func answer(_ request: HTTPRequest) -> HTTPResponse
}

/// A stand-in for the HTTP API of a mail service that writes the message itself.
public protocol StandInMailService: StandInService {
    /// The messages that the service has taken, in order.
    var taken: [ServiceMail] { get }
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
