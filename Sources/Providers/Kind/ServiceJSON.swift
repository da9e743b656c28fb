// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import JSON
package import Mail

/// A file of a message in the JSON of a service.
package struct ServiceFile {
    /// All members but the content.
    package var fields: JSONObject
    package var content: [UInt8]

    package init(_ fields: JSONObject, content: [UInt8]) {
        self.fields = fields
        self.content = content
    }
}

extension JSONObject {
    private static let roomForFields = 1024

    /// The object as JSON text, with `files` as its last member `key`; nothing is added when there are none.
    ///
    /// The contents are written straight into the buffer, as base64 in the member `contentKey` of each file.
    package func encoded(files: [ServiceFile], under key: String, contentKey: String = "content") -> [UInt8] {
        var bytes = JSON.object(self).encoded()
        guard !files.isEmpty else { return bytes }
        bytes.removeLast()
        bytes.reserveCapacity(
            bytes.count + files.reduce(0) { $0 + ($1.content.count + 2) / 3 * 4 + Self.roomForFields }
        )
        bytes += (isEmpty ? "" : ",").utf8
        bytes += JSON.string(key).encoded()
        for (position, file) in files.enumerated() {
            bytes += (position == 0 ? ":[" : ",").utf8
            bytes += JSON.object(file.fields).encoded().dropLast()
            bytes += (file.fields.isEmpty ? "" : ",").utf8
            bytes += JSON.string(contentKey).encoded()
            bytes += #":""#.utf8
            Base64.append(file.content[...], to: &bytes)
            bytes += #""}"#.utf8
        }
        bytes += "]}".utf8
        return bytes
    }
}

extension HTTPSettings {
    /// A call with a JSON body, with more time for a large one.
    package func post(_ url: HTTPURL, headers: [HTTPHeader], body: [UInt8]) -> HTTPRequest {
        HTTPRequest(
            .post,
            url,
            headers: headers + [
                HTTPHeader("Content-Type", "application/json"), HTTPHeader("Accept", "application/json"),
            ],
            body: body,
            timeout: timeout(forBody: body.count)
        )
    }

    /// A call without a body.
    package func get(_ url: HTTPURL, headers: [HTTPHeader]) -> HTTPRequest {
        HTTPRequest(.get, url, headers: headers + [HTTPHeader("Accept", "application/json")], timeout: timeout)
    }
}

extension DeliveryError {
    /// The failure of a message that this service cannot express and another one may: the next provider of the route gets it.
    package static func inexpressible(_ code: String, _ detail: String, remedy: String) -> DeliveryError {
        DeliveryError(.transient, scope: .capability, code: code, detail: detail, remedy: remedy)
    }
}

extension OutgoingMessage {
    /// ``serviceHeaders`` as a JSON object of ASCII texts; values in other scripts become encoded words (RFC 2047).
    ///
    /// An object holds each name once, so a message that repeats one, in any case, goes to the next provider of the route.
    package func headerObject(prefix: String) throws(DeliveryError) -> JSONObject {
        var object = JSONObject()
        var seen: Set<String> = []
        for field in serviceHeaders {
            guard seen.insert(field.name.lowercased()).inserted else {
                throw .inexpressible(
                    "\(prefix).repeated_header",
                    "the service takes each header once, and this message repeats \(field.name)",
                    remedy:
                        "join the values in one header, or add a provider to the route that takes raw MIME, such as smtp"
                )
            }
            object[field.name] = .string(field.encodedValue)
        }
        return object
    }

    /// The visible recipients of this attempt, and those of blind copies.
    ///
    /// Services require a recipient in `to`. An attempt for some of the recipients may have none there: then those of Cc take
    /// their place, which all of them see anyway. When both are empty, only blind copies are left.
    package var addressees: (to: [Mailbox], cc: [Mailbox], bcc: [Mailbox]) {
        let (to, cc, bcc) = (mailboxes(.to), mailboxes(.cc), mailboxes(.bcc))
        return to.isEmpty ? (cc, [], bcc) : (to, cc, bcc)
    }

    /// True for a file that the HTML can show by its content id; any other one is listed as an attachment.
    package func isShown(_ file: Attachment) -> Bool {
        html != nil && file.disposition == .inline && file.contentID != nil
    }
}
