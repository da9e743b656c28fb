// SPDX-License-Identifier: Apache-2.0
import Delivery
import Testing

/// A response of a service and what it means.
struct VerdictRow: Sendable, CustomTestStringConvertible {
    let response: HTTPResponse
    let kind: DeliveryError.Kind
    let code: String
    /// A part of the remedy; nil when there is none.
    let remedy: String?

    init(_ response: HTTPResponse, _ kind: DeliveryError.Kind, _ code: String, _ remedy: String? = nil) {
        (self.response, self.kind, self.code, self.remedy) = (response, kind, code, remedy)
    }

    var testDescription: String { "\(response.status) \(code)" }

    /// Compares the verdict with the row.
    func check(_ error: DeliveryError, _ location: SourceLocation = #_sourceLocation) {
        #expect(error.kind == kind, sourceLocation: location)
        #expect(error.code == code, sourceLocation: location)
        #expect(error.scope == (kind == .rejected ? .message : .provider), sourceLocation: location)
        let isRight = remedy.map { error.remedy?.contains($0) == true } ?? (error.remedy == nil)
        #expect(isRight, "\(error.remedy ?? "no remedy")", sourceLocation: location)
        #expect(!error.detail.isEmpty && !error.detail.contains { $0.isNewline }, sourceLocation: location)
        #expect(error.detail.utf8.count < 1000, sourceLocation: location)
    }
}

/// Bodies that are not the answer of any service.
enum OddBody {
    static let all: [(body: [UInt8], type: String)] = [
        (Array("<!DOCTYPE html><h1>Forbidden</h1>".utf8), "text/html; charset=utf-8"), ([], "application/json"),
        (Array(#"{"name":"rate_limit_exc"#.utf8), "application/json"), (Array("Forbidden".utf8), "text/plain"),
        (Array(#"{"name":3,"message":{},"errors":"x","code":[],"id":7,"messageId":null}"#.utf8), "application/json"),
        (Array(#"[[]]"#.utf8), "application/json"),
        (Array(repeating: UInt8(ascii: "["), count: 10 << 20), "application/json"),
        ([0xFF, 0xFE, 0x00], "application/json"),
    ]

    /// What each status means when the body says nothing.
    static let kinds: [(status: Int, kind: DeliveryError.Kind)] = [
        (400, .rejected), (401, .authentication), (403, .misconfigured), (408, .transient), (413, .rejected),
        (422, .rejected), (425, .transient), (429, .rateLimited(retryAfter: nil)), (500, .uncertain), (502, .uncertain),
        (503, .transient), (504, .uncertain), (302, .misconfigured), (404, .misconfigured), (405, .misconfigured),
    ]

    /// The responses of all statuses with all bodies; a large body with one status.
    static var rows: [(response: HTTPResponse, kind: DeliveryError.Kind)] {
        kinds.flatMap { row in
            all.filter { $0.body.count < 1000 || row.status == 502 }.map { body in
                let type = HTTPHeader("Content-Type", body.type)
                return (HTTPResponse(status: row.status, headers: [type], body: body.body), row.kind)
            }
        }
    }
}
