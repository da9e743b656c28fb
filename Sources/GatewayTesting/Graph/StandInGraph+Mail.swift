// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import Foundation
internal import JSON

/// The calls to a mailbox.
extension StandInGraph {
    /// 4 MB.
    private static let requestLimit = 4 << 20
    private static let sessionMinimum = 2_097_152

    mutating func mail(_ request: HTTPRequest, _ endpoint: GraphEndpoint, at now: Timestamp) -> HTTPResponse {
        let segments = request.pathSegments
        guard let access = access(request, at: now) else {
            return .graph(401, "InvalidAuthenticationToken", "Access token is empty or has expired.")
        }
        guard let permission = endpoint.permission, access.permissions.contains(permission) else {
            return .graph(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        }
        guard let mailbox = mailboxes.first(where: { $0.address.lowercased() == segments[2].lowercased() }) else {
            return .graph(404, "ErrorInvalidUser", "The requested user '\(segments[2])' is invalid.")
        }
        guard access.account.map({ $0.lowercased() == mailbox.address.lowercased() }) ?? true else {
            return .graph(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        }
        guard request.body.count <= Self.requestLimit else {
            return .graph(413, "RequestEntityTooLarge", "The request entity is too large.")
        }
        if let id = request.header("client-request-id"), UUID(uuidString: id) == nil {
            return .graph(400, "BadRequest", "The client-request-id is no UUID.")
        }
        switch endpoint {
        case .sendMail, .createDraft: return take(request, endpoint, mailbox)
        case .folder: return .json(200, ["id": .string("AAMkfolder=")])
        default: return draft(request, endpoint, segments[4], mailbox)
        }
    }

    private mutating func take(_ request: HTTPRequest, _ endpoint: GraphEndpoint, _ mailbox: Mailbox) -> HTTPResponse {
        guard request.mediaType == "text/plain" else {
            return .graph(400, "BadRequest", "The stand-in takes MIME as text/plain only.")
        }
        guard let content = Base64.decode(String(decoding: request.body, as: UTF8.self)), !content.isEmpty else {
            return .graph(400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content.")
        }
        let message: GoogleMessage
        do throws(TestingError) {
            message = try GoogleMessage(content, takesBareLineFeeds: false)
        } catch {
            return .graph(400, "ErrorInvalidRecipients", error.description)
        }
        if endpoint == .createDraft {
            let id = "AAMkAGI2/standin+\(nextNumber())="
            drafts[id] = Draft(account: mailbox.address, message: message, content: content)
            return .json(
                201,
                [
                    "id": .string(id), "internetMessageId": .string("<\(id.count).\(nextNumber())@standin.example>"),
                    "isDraft": true,
                ]
            )
        }
        return send(message, files: [], mailbox)
    }

    private mutating func send(_ message: GoogleMessage, files: [File], _ mailbox: Mailbox) -> HTTPResponse {
        let sender = message.sender?.lowercased()
        guard sender == mailbox.address.lowercased() || mailbox.sendAs.contains(sender ?? "") else {
            return .graph(
                403,
                "ErrorSendAsDenied",
                "The user account which was used to submit this request does not have the right to send mail on behalf of the "
                    + "specified sending account."
            )
        }
        let fields = message.fields.filter { $0.name.lowercased() != "bcc" }.flatMap(\.bytes)
        sent.append(
            Mail(
                account: mailbox.address,
                recipients: message.recipients,
                content: fields + message.body,
                files: files
            )
        )
        return HTTPResponse(status: 202)
    }

    private mutating func draft(
        _ request: HTTPRequest,
        _ endpoint: GraphEndpoint,
        _ id: String,
        _ mailbox: Mailbox
    ) -> HTTPResponse {
        guard let draft = drafts[id], draft.account == mailbox.address else {
            return .graph(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        }
        switch endpoint {
        case .getDraft: return .json(200, ["id": .string(id), "isDraft": true])
        case .deleteDraft:
            drafts[id] = nil
            return HTTPResponse(status: 204)
        case .attach: return attach(request, to: id)
        case .createSession: return session(request, for: id)
        default: break
        }
        guard request.body.isEmpty, let message = draft.message else {
            return .graph(400, "BadRequest", "A draft is sent without a body.")
        }
        guard !sessions.values.contains(where: { $0.draft == id }) else {
            return .graph(400, "ErrorInvalidRequest", "An upload is not complete.")
        }
        let response = send(message, files: draft.files, mailbox)
        if response.status == 202 { drafts[id] = nil }
        return response
    }
}

/// Attachments.
extension StandInGraph {
    private mutating func attach(_ request: HTTPRequest, to draft: String) -> HTTPResponse {
        let known: Set<String> = ["@odata.type", "name", "contentType", "isInline", "contentId", "contentBytes"]
        guard request.mediaType == "application/json", let body = Self.object(request.body),
            known.isSuperset(of: body.keys), body["@odata.type"] as? String == "#microsoft.graph.fileAttachment",
            let content = (body["contentBytes"] as? String).flatMap({ Base64.decode($0) }),
            let file = Self.file(body, content)
        else { return .graph(400, "RequestBodyRead", "The body is no fileAttachment.") }
        drafts[draft]?.files.append(file)
        return .json(201, ["id": .string("AAMkfile\(nextNumber())=")])
    }

    private mutating func session(_ request: HTTPRequest, for draft: String) -> HTTPResponse {
        let known: Set<String> = ["attachmentType", "name", "size", "contentType", "isInline", "contentId"]
        guard request.mediaType == "application/json", let body = Self.object(request.body), body.count == 1,
            let item = body["AttachmentItem"] as? [String: Any], known.isSuperset(of: item.keys),
            item["attachmentType"] as? String == "file", let size = item["size"] as? Int,
            let file = Self.file(item, [])
        else { return .graph(400, "RequestBodyRead", "The body is no AttachmentItem.") }
        guard size >= Self.sessionMinimum else {
            return .graph(400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize", "The attachment is too small.")
        }
        guard size <= 150_000_000 else {
            return .graph(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")
        }
        let (id, token) = ("\(nextNumber())", "standin-upload-\(nextNumber())")
        sessions[id] = Session(draft: draft, file: file, size: size, token: token)
        return .json(
            201,
            [
                "uploadUrl": .string("\(origin)/upload/\(id)?authtoken=\(token)"),
                "expirationDateTime": "2026-12-01T00:00:00Z", "nextExpectedRanges": ["0-"],
            ]
        )
    }

    mutating func upload(_ request: HTTPRequest) -> HTTPResponse {
        let id = request.pathSegments[1]
        guard request.header("Authorization") == nil else {
            return .graph(401, "InvalidAuthenticationToken", "An upload takes no Authorization.")
        }
        guard var session = sessions[id], request.query["authtoken"] == session.token else {
            return .graph(404, "ErrorItemNotFound", "There is no such upload.")
        }
        let (start, end) = (session.file.content.count, session.file.content.count + request.body.count)
        guard request.mediaType == "application/octet-stream", !request.body.isEmpty,
            request.body.count < Self.requestLimit, end <= session.size,
            request.header("Content-Range") == "bytes \(start)-\(end - 1)/\(session.size)"
        else { return .graph(400, "ErrorInvalidRange", "The range is not the expected one.") }
        session.file.content += request.body
        guard end == session.size else {
            sessions[id] = session
            return .json(200, ["nextExpectedRanges": .array([.string("\(end)")])])
        }
        sessions[id] = nil
        drafts[session.draft]?.files.append(session.file)
        return HTTPResponse(status: 201, headers: [HTTPHeader("Location", "\(origin)/attachments/\(id)")])
    }

    private static func file(_ body: [String: Any], _ content: [UInt8]) -> File? {
        guard let name = body["name"] as? String, !name.isEmpty, let type = body["contentType"] as? String,
            let isInline = body["isInline"] as? Bool
        else { return nil }
        return File(
            name: name,
            contentType: type,
            isInline: isInline,
            contentID: body["contentId"] as? String,
            content: content
        )
    }

    private static func object(_ body: [UInt8]) -> [String: Any]? {
        // A body that is not JSON is no object either.
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any]
    }
}
