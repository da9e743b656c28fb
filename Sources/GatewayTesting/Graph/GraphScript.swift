// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery

/// The endpoint of a request to the stand-in for Microsoft Graph.
public enum GraphEndpoint: String, Sendable, Hashable, CaseIterable {
    case consent
    case token
    case sendMail
    case createDraft
    case attach
    case createSession
    case upload
    case sendDraft
    case getDraft
    case deleteDraft
    case folder
    case unknown

    init(_ request: HTTPRequest) {
        let segments = request.pathSegments
        if segments.count == 4, segments[1...] == ["oauth2", "v2.0", "token"], request.method == .post {
            self = .token
        } else if segments.count == 4, segments[1...] == ["oauth2", "v2.0", "authorize"], request.method == .get {
            self = .consent
        } else if segments.count == 2, segments[0] == "upload", request.method == .put {
            self = .upload
        } else if segments.count > 3, segments[0] == "v1.0", segments[1] == "users" {
            self = Self.mail(request.method, Array(segments[3...]))
        } else {
            self = .unknown
        }
    }

    private static func mail(_ method: HTTPRequest.Method, _ rest: [String]) -> GraphEndpoint {
        switch (method, rest.first, rest.count) {
        case (.post, "sendMail", 1): .sendMail
        case (.post, "messages", 1): .createDraft
        case (.get, "messages", 2): .getDraft
        case (.delete, "messages", 2): .deleteDraft
        case (.post, "messages", 3) where rest[2] == "send": .sendDraft
        case (.post, "messages", 3) where rest[2] == "attachments": .attach
        case (.post, "messages", 4) where rest[2] == "attachments" && rest[3] == "createUploadSession": .createSession
        case (.get, "mailFolders", 2): .folder
        default: .unknown
        }
    }

    /// The permission of which one is needed; nil for endpoints that need no access token.
    var permission: String? {
        switch self {
        case .sendMail, .sendDraft: "Mail.Send"
        case .createDraft, .attach, .createSession, .getDraft, .deleteDraft, .folder: "Mail.ReadWrite"
        case .consent, .token, .upload, .unknown: nil
        }
    }
}

/// The faults of the stand-in, and when they occur.
public struct GraphScript: Sendable {
    public enum Fault: Sendable {
        /// Returns this response and does nothing.
        case answer(HTTPResponse)
        /// Closes the connection before it has read the body.
        case cutBeforeTheBody
        /// Reads the whole request, does nothing and closes the connection.
        case cut
        /// Performs the request and closes the connection.
        case actAndCut
        /// Performs the request and returns this response.
        case actAndAnswer(HTTPResponse)
        /// Reads the whole request and never responds.
        case hang
    }

    private var once: [GraphEndpoint: [Fault?]] = [:]
    private var ever: [GraphEndpoint: Fault] = [:]

    public init() {}

    /// Plans one fault for each of the next calls of the endpoint; nil is the normal behaviour, as after the last one.
    public mutating func on(_ endpoint: GraphEndpoint, _ faults: Fault?...) {
        once[endpoint, default: []] += faults
    }

    /// Sets the behaviour of the endpoint when nothing is planned; nil is the normal behaviour.
    public mutating func always(_ endpoint: GraphEndpoint, _ fault: Fault?) {
        ever[endpoint] = fault
    }

    /// Whether the next call of the endpoint is cut before its body is read.
    func cutsBeforeTheBody(_ endpoint: GraphEndpoint) -> Bool {
        var copy = self
        if case .cutBeforeTheBody = copy.next(endpoint) { return true }
        return false
    }

    mutating func next(_ endpoint: GraphEndpoint) -> Fault? {
        guard var left = once[endpoint], !left.isEmpty else { return ever[endpoint] }
        let fault = left.removeFirst()
        once[endpoint] = left
        return fault
    }
}

extension HTTPRequest {
    /// The decoded segments of the path.
    var pathSegments: [String] {
        path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            FormText.percentDecoded(Substring($0.replacing("+", with: "%2B"))) ?? ""
        }
    }
}
