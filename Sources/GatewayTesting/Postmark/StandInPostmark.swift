// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery
internal import JSON
internal import Mail

/// A stand-in for Postmark's API: `POST /email`, `GET /messages/outbound`, `/server` and `/message-streams/ID`.
///
/// It refuses unknown tokens, media types, members, types and addresses, senders that are not confirmed, archived and foreign
/// streams, mail over the limits, and mail for inactive recipients only.
public struct StandInPostmark: StandInMailService {
    /// A message stream of the server.
    public struct Stream: Sendable {
        public var type: String
        public var isArchived: Bool

        public init(_ type: String, isArchived: Bool = false) {
            self.type = type
            self.isArchived = isArchived
        }
    }

    public var token = "f0cc6a3e-0000-4000-8000-000000000001"
    /// The domains whose addresses may send.
    public var domains: Set<String> = ["example.org"]
    /// The message streams by their IDs.
    public var streams = [
        "outbound": Stream("Transactional"), "broadcast": Stream("Broadcasts"), "inbound": Stream("Inbound"),
        "old": Stream("Transactional", isArchived: true),
    ]
    /// The addresses on the suppression list.
    public var inactive: Set<String> = []
    public var isSandbox = false
    public var tracksOpens = false
    /// False while a search does not find the messages yet.
    public var isIndexed = true
    public private(set) var taken: [ServiceMail] = []

    public init() {}

    public mutating func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard let given = request.header("X-Postmark-Server-Token") else {
            return .postmark(401, 10, "No Account or Server API tokens were supplied in the HTTP headers.")
        }
        guard given == token else { return .postmark(401, 10, "The Server Token is invalid.") }
        guard request.header("Accept") == "application/json" else { return .postmark(406, 0, "Not Acceptable") }
        let segments = request.path.split(separator: "/").map(String.init)
        switch (request.method, segments.first, segments.count) {
        case (.post, "email", 1): return send(request)
        case (.get, "server", 1): return server
        case (.get, "message-streams", 2): return stream(segments[1])
        case (.get, "messages", 2) where segments[1] == "outbound": return search(request.query)
        default: return HTTPResponse(status: 404, body: Array("<html>not found</html>".utf8))
        }
    }

    private var server: HTTPResponse {
        .json(
            200,
            [
                "ID": 1, "Name": "Production", "DeliveryType": isSandbox ? "Sandbox" : "Live",
                "TrackOpens": .bool(tracksOpens), "TrackLinks": "None",
            ]
        )
    }

    private func stream(_ id: String) -> HTTPResponse {
        guard let stream = streams[id] else {
            return .postmark(422, 1226, "The message stream for the provided 'ID' was not found.")
        }
        let archived: JSON = stream.isArchived ? "2026-01-01T00:00:00Z" : nil
        return .json(200, ["ID": .string(id), "MessageStreamType": .string(stream.type), "ArchivedAt": archived])
    }

    private func search(_ query: [String: String]) -> HTTPResponse {
        guard let count = query["count"].flatMap({ Int($0) }), (1...500).contains(count), query["offset"] == "0" else {
            return .postmark(422, 300, "Parameters 'count' and 'offset' are required.")
        }
        let key = "metadata_"
        let wanted = query.filter { $0.key.hasPrefix(key) }
        let found = taken.filter { mail in
            isIndexed && mail.body["MessageStream"]?.string == query["messagestream"] ?? "outbound"
                && wanted.allSatisfy { mail.body["Metadata"]?[String($0.key.dropFirst(key.count))]?.string == $0.value }
        }
        let list = found.map { mail -> JSON in
            [
                "MessageID": .string(mail.id), "Status": "Sent", "Metadata": mail.body["Metadata"] ?? nil,
                "Recipients": .array(mail.message.envelope.map { .string($0.description) }),
            ]
        }
        return .json(200, ["TotalCount": .integer(list.count), "Messages": .array(list)])
    }
}

/// Sending.
extension StandInPostmark {
    private mutating func send(_ request: HTTPRequest) -> HTTPResponse {
        guard request.mediaType == "application/json" else { return .postmark(415, 0, "Unsupported Media Type") }
        guard request.body.count <= 10_000_000 else { return .postmark(413, 300, "The payload is too large.") }
        guard let body = JSON(body: request.body) else { return .postmark(422, 402, "Received invalid JSON.") }
        if let refusal = PostmarkMessage.refusal(of: body) { return .postmark(422, refusal.code, refusal.text) }
        guard var message = PostmarkMessage.message(body) else {
            return .postmark(422, 300, "Error parsing 'To': Illegal email address.")
        }
        guard domains.contains(message.from.address.domain) else {
            return .postmark(422, 400, "The 'From' address you supplied is not a Sender Signature on your account.")
        }
        let id = body["MessageStream"]?.string ?? "outbound"
        guard let stream = streams[id], stream.type != "Inbound", !stream.isArchived else {
            return .postmark(422, 1235, "The stream provided: '\(id)' does not exist on this server.")
        }
        let refused = message.envelope.map(\.description).filter { inactive.contains($0) }
        let list = refused.joined(separator: ", ")
        guard refused.count < message.envelope.count else {
            let text = "You tried to send to recipients that have all been marked as inactive.\n"
            return .postmark(
                422,
                406,
                "\(text)Found inactive addresses: \(list).\nInactive recipients are ones that have generated a hard bounce."
            )
        }
        message.envelope.removeAll { refused.contains($0.description) }
        let number = "b7bc2f4a-e38e-4336-af7d-\(1_000_000_000_000 + taken.count)"
        taken.append(ServiceMail(id: number, body: body, fields: request.headers, message: message))
        let note = "Message OK, but will not deliver to these inactive addresses: \(list)."
        var answer = JSONObject([
            ("SubmittedAt", "2026-11-20T12:00:00.0000000Z"), ("MessageID", .string(number)), ("ErrorCode", 0),
            ("Message", .string(refused.isEmpty ? "OK" : note)),
        ])
        answer["To"] = body["To"]
        return .json(200, .object(answer))
    }
}

extension HTTPResponse {
    /// An error of Postmark.
    public static func postmark(_ status: Int, _ code: Int, _ text: String) -> HTTPResponse {
        .json(status, ["ErrorCode": .integer(code), "Message": .string(text)])
    }
}
