// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import JSON
internal import Submission

/// The answers of version 2.
enum SESAnswer {
    /// Messages in 24 hours without a limit, in the words of SES.
    private static let unlimited: JSON = -1
    /// A rate that no client has to wait for: some divide by it.
    private static let rate: JSON = 1000

    static func sent(_ outcomes: [FrontOutcome], _ call: FrontCall) -> Reply {
        let id = outcomes.first?.result.id.map(FrontID.uuid) ?? ""
        return reply(["MessageId": .string(id)], call)
    }

    static func bulkSent(_ outcomes: [FrontOutcome], _ call: FrontCall) -> Reply {
        let entries = outcomes.map { outcome -> JSON in
            ["Status": "SUCCESS", "MessageId": .string(outcome.result.id.map(FrontID.uuid) ?? "")]
        }
        return reply(["BulkEmailEntryResults": .array(entries)], call)
    }

    static func account(_ call: FrontCall) -> Reply {
        reply(
            [
                "DedicatedIpAutoWarmupEnabled": false, "EnforcementStatus": "HEALTHY", "ProductionAccessEnabled": true,
                "SendQuota": ["Max24HourSend": unlimited, "MaxSendRate": rate, "SentLast24Hours": 0],
                "SendingEnabled": true,
            ],
            call
        )
    }

    static func reply(_ error: SESError, _ call: FrontCall) -> Reply {
        var reply = reply(["message": .string(error.message)], status: error.status, call)
        reply.fields[.amznErrorType] = error.code.rawValue
        return reply
    }

    private static func reply(_ body: JSON, status: Int = 200, _ call: FrontCall) -> Reply {
        var reply = Reply.json(body, status: status)
        reply.fields[.amznRequestID] = call.requestID
        return reply
    }
}

/// Why a call is refused, in the words of SES.
struct SESError: Sendable, Hashable {
    enum Code: String, Sendable {
        case accessDenied = "AccessDeniedException"
        case badRequest = "BadRequestException"
        case internalFailure = "InternalFailure"
        case messageRejected = "MessageRejected"
        case notFound = "NotFoundException"
        case serviceUnavailable = "ServiceUnavailable"
        case signatureDoesNotMatch = "SignatureDoesNotMatch"
        case tooManyRequests = "TooManyRequestsException"
        case unknownOperation = "UnknownOperationException"
        case unrecognizedClient = "UnrecognizedClientException"

        /// The status that goes with it.
        var status: Int {
            switch self {
            case .badRequest, .messageRejected, .unknownOperation: 400
            case .accessDenied, .signatureDoesNotMatch, .unrecognizedClient: 403
            case .notFound: 404
            case .tooManyRequests: 429
            case .internalFailure: 500
            case .serviceUnavailable: 503
            }
        }
    }

    let code: Code
    let message: String
    var status: Int { code.status }

    init(_ problem: Problem) {
        code = Self.code(of: problem)
        let faults = problem.faults.map(Self.words)
        message = faults.isEmpty ? problem.detail : faults.joined(separator: " ")
    }

    private static func code(of problem: Problem) -> Code {
        if problem.name == Problem.signatureName { return .signatureDoesNotMatch }
        if problem.name == Problem.unknownActionName { return .unknownOperation }
        switch problem.status {
        case 401: return .unrecognizedClient
        // A key that may not do a call at all has no faults in a field.
        case 403: return problem.faults.isEmpty ? .accessDenied : .messageRejected
        case 404: return .notFound
        case 405: return .notFound
        case 409, 429: return .tooManyRequests
        case 422 where problem.faults.contains(where: isUnknownTemplate): return .notFound
        case 503: return .serviceUnavailable
        case 500...: return .internalFailure
        default: return .badRequest
        }
    }

    private static func isUnknownTemplate(_ fault: Problem.Fault) -> Bool {
        let place = fault.pointer.description
        return ["/TemplateName", "/TemplateArn"].contains(where: place.hasSuffix)
            && fault.detail.hasPrefix("there is no template")
    }

    /// `Destination.ToAddresses[1]: The address …`.
    private static func words(_ fault: Problem.Fault) -> String {
        var name = ""
        for part in fault.pointer.names {
            if let position = Int(part) {
                name += "[\(position)]"
            } else {
                name += (name.isEmpty ? "" : ".") + part
            }
        }
        let end = fault.detail.hasSuffix(".") ? "" : "."
        return name.isEmpty ? fault.detail + end : "\(name): \(fault.detail)\(end)"
    }
}

extension HTTPField.Name {
    static let amznRequestID = HTTPField.Name(constant: "x-amzn-RequestId")
    fileprivate static let amznErrorType = HTTPField.Name(constant: "x-amzn-ErrorType")
}
