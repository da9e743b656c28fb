// SPDX-License-Identifier: Apache-2.0
import JSON

extension SendRequestReader {
    private static let members = ["filename", "content", "content_type", "content_id", "disposition"]
    private static let countLimit = 100

    mutating func readAttachments() -> [StoredRequest.AttachmentReference] {
        guard let value = fields["attachments"], let items = list(value, at: place("attachments")) else { return [] }
        guard items.count <= Self.countLimit else {
            faults.invalid(place("attachments"), "at most \(Self.countLimit) attachments, found \(items.count)")
            return []
        }
        var references: [StoredRequest.AttachmentReference] = []
        var contentIDs: Set<String> = []
        for (position, item) in items.enumerated() {
            let here = place("attachments").appending(position)
            guard let members = object(item, at: here), let file = attachment(members, at: here) else { continue }
            if let id = file.contentID, !contentIDs.insert(id).inserted {
                faults.invalid(here.appending("content_id"), "another attachment has the same content id")
            }
            references.append(keep(file))
        }
        return references
    }

    private mutating func attachment(_ members: JSONObject, at place: RequestPlace) -> Attachment? {
        for (name, _) in members where !Self.members.contains(name) && !faults.isFull {
            faults.invalid(place.appending(name), "is no part of an attachment\(Self.hint(name, Self.members))")
        }
        let fileName = text("filename", of: members, isRequired: true, at: place)
        let content = text("content", of: members, isRequired: true, at: place).flatMap(Base64.decode)
        if case .string? = members["content"], content == nil {
            faults.invalid(place.appending("content"), "is not base64 (RFC 4648 section 4, with padding)")
        }
        let type = text("content_type", of: members, at: place)
        let id = text("content_id", of: members, at: place)
        let disposition = text("disposition", of: members, at: place)
        do throws(AttachmentFault) {
            let file = try AttachmentRules.attachment(
                fileName: fileName ?? "unnamed",
                contentType: type,
                contentID: id,
                disposition: disposition,
                content: content ?? []
            )
            return fileName == nil || content == nil ? nil : file
        } catch {
            for flaw in error.flaws { faults.invalid(place.appending(flaw.field.rawValue), flaw.detail) }
            return nil
        }
    }

    private mutating func text(
        _ name: String,
        of members: JSONObject,
        isRequired: Bool = false,
        at place: RequestPlace
    ) -> String? {
        guard let value = members[name] else {
            if isRequired { faults.invalid(place.appending(name), "is required") }
            return nil
        }
        return string(value, at: place.appending(name))
    }

    private mutating func keep(_ file: Attachment) -> StoredRequest.AttachmentReference {
        let hash = ContentHash(of: file.content)
        attachments[hash] = file.content
        return StoredRequest.AttachmentReference(
            hash: hash,
            size: file.content.count,
            fileName: file.fileName,
            contentType: file.contentType,
            contentID: file.contentID,
            disposition: file.disposition
        )
    }
}
