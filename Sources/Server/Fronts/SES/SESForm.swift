// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
internal import JSON
internal import Submission

/// The calls of version 1: a form with `Action`, answered in XML.
enum SESForm {
    private static let space = "http://ses.amazonaws.com/doc/2010-12-01/"
    private static let actions = ["SendEmail", "SendRawEmail"]

    static func submission(_ call: FrontCall) throws(Refusal) -> FrontSubmission {
        let action = action(call.body)
        guard actions.contains(action) else { throw Refusal(.unknownAction(action)) }
        let form = Fields(call.body)
        var message = FrontMessage(SendRequest(via: .ses))
        message.request.from = form["Source"].map(FrontAddress.one)
        message.request.replyTo = form.addresses("ReplyToAddresses")
        message.ignored = form.ignored
        for tag in form.tags { message.request.addMetadata(tag.name, tag.value) }
        if action == "SendRawEmail" {
            readRaw(form, into: &message, call)
        } else {
            readMessage(form, into: &message.request)
            message.place = SESPlaces(content: .form, entry: nil).place
        }
        return FrontSubmission([message], of: call)
    }

    private static func readMessage(_ form: Fields, into request: inout SendRequest) {
        request.to = form.addresses("Destination.ToAddresses")
        request.cc = form.addresses("Destination.CcAddresses")
        request.bcc = form.addresses("Destination.BccAddresses")
        request.subject = form.given("Message.Subject.Data")
        request.text = form["Message.Body.Text.Data"]
        request.html = form["Message.Body.Html.Data"]
    }

    private static func readRaw(_ form: Fields, into message: inout FrontMessage, _ call: FrontCall) {
        message.place = SESPlaces(content: .rawForm, entry: nil).place
        message.request.to = form.addresses("Destinations")
        let raw = form["RawMessage.Data"].flatMap(FrontFile.decoded)
        if raw == nil {
            let isGiven = form["RawMessage.Data"] != nil
            let detail = isGiven ? "is not base64" : "is required: a whole message in base64"
            message.request.unreadable.insert("raw")
            message.faults = [Problem.Fault(JSONPointer(["RawMessage", "Data"]), detail)]
        }
        SESRaw.fill(&message, raw, call)
    }

    /// The value of `Action`; empty without one.
    private static func action(_ body: [UInt8]) -> String {
        let name = Array("Action=".utf8)
        var position = 0
        while position < body.count {
            let end = body[position...].firstIndex(of: UInt8(ascii: "&")) ?? body.count
            let field = body[position..<end]
            if field.starts(with: name) {
                return PercentEncoding.decode(String(decoding: field.dropFirst(name.count), as: UTF8.self)) ?? ""
            }
            position = end + 1
        }
        return ""
    }
}

extension SESForm {
    /// The fields of a form by their names; empty ones count as not given.
    private struct Fields {
        private let values: [String: String]

        init(_ body: [UInt8]) {
            let form = FormFields(urlEncoded: String(decoding: body, as: UTF8.self))
            let pairs = form.fields.map { ($0.name, String(decoding: $0.file.content, as: UTF8.self)) }
            values = Dictionary(pairs) { first, _ in first }
        }

        subscript(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

        /// The value, which may be empty.
        func given(_ name: String) -> String? { values[name] }

        /// The addresses of `NAME.member.1` and so on; nil without any.
        func addresses(_ name: String) -> SendRequest.Addresses? {
            let items = members(name).compactMap { self[$0] }.map { Optional(FrontAddress.one($0)) }
            return items.isEmpty ? nil : SendRequest.Addresses(items)
        }

        var tags: [(name: String, value: String)] {
            members("Tags", ".Name").compactMap { place in
                let value = given(place.dropLast(".Name".count) + ".Value") ?? ""
                return self[place].map { ($0, value) }
            }
        }

        /// The names of the fields of a list, from 1 on.
        private func members(_ name: String, _ end: String = "") -> [String] {
            var names: [String] = []
            while values["\(name).member.\(names.count + 1)\(end)"] != nil {
                names.append("\(name).member.\(names.count + 1)\(end)")
            }
            return names
        }

        /// Fields that change nothing in the mail.
        var ignored: [(name: String, value: String?)] {
            ["ConfigurationSetName", "FromArn", "ReturnPath", "ReturnPathArn", "SourceArn"].compactMap { name in
                self[name].map { (name, $0) }
            }
        }
    }
}

extension SESForm {
    static func sent(_ outcomes: [FrontOutcome], _ call: FrontCall) -> Reply {
        let action = action(call.body)
        let id = outcomes.first?.result.id.map(FrontID.uuid) ?? ""
        let result = "<\(action)Result><MessageId>\(id)</MessageId></\(action)Result>"
        let metadata = "<ResponseMetadata><RequestId>\(escaped(call.requestID))</RequestId></ResponseMetadata>"
        return reply("<\(action)Response xmlns=\"\(space)\">\(result)\(metadata)</\(action)Response>", 200, call)
    }

    static func reply(_ error: SESError, _ call: FrontCall) -> Reply {
        let type = error.status < 500 ? "Sender" : "Receiver"
        let body = """
            <ErrorResponse xmlns="\(space)"><Error><Type>\(type)</Type><Code>\(error.code.version1)</Code>\
            <Message>\(escaped(error.message))</Message></Error><RequestId>\(escaped(call.requestID))</RequestId></ErrorResponse>
            """
        return reply(body, error.status, call)
    }

    private static func reply(_ body: String, _ status: Int, _ call: FrontCall) -> Reply {
        var reply = Reply(status: status, type: "text/xml", body: Array(body.utf8))
        reply.fields[.amznRequestID] = call.requestID
        return reply
    }

    /// Text for an element; characters that XML 1.0 has not (section 2.2) become blanks.
    private static func escaped(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t", "\u{FFFE}", "\u{FFFF}":
                escaped.append(" ")
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}

extension SESError.Code {
    /// The code of version 1, which has other words for some.
    fileprivate var version1: String {
        switch self {
        case .badRequest: "InvalidParameterValue"
        case .tooManyRequests: "Throttling"
        case .unknownOperation: "InvalidAction"
        default: rawValue
        }
    }
}

extension Problem {
    static let unknownActionName = "unknown-action"

    /// A form without an action that is served.
    static func unknownAction(_ name: String) -> Problem {
        let given = name.isEmpty ? "The form has no `Action`" : "`Action=\(name.prefix(64))` is not served"
        return Problem(
            unknownActionName,
            title: "Unknown action",
            status: 400,
            detail: "\(given); the calls of version 1 are SendEmail and SendRawEmail."
        )
    }
}
