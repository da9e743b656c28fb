// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Submission

/// The call `SendBulkEmail` of version 2: one message for each entry, and all of them or none.
enum SESBulkEmail {
    /// What all entries have in common.
    private struct Common {
        var request = SendRequest(via: .ses)
        let template: SESTemplate
        let ignored: [(name: String, value: String?)]
    }

    static func submission(_ call: FrontCall) throws(Refusal) -> FrontSubmission {
        let members = try SESEmail.members(of: call)
        var reader = SESReader()
        let place = JSONPointer.root.appending("DefaultContent")
        let content = reader.object(reader.object(members, "DefaultContent", .root), "Template", place)
        let template = SESTemplate(content, place.appending("Template"), call.settings, &reader)
        var common = Common(template: template, ignored: SESEmail.ignored(members))
        reader.readSender(members, into: &common.request)
        for tag in reader.pairs(members, "DefaultEmailTags", .root) { common.request.addMetadata(tag.name, tag.value) }
        let entries = JSONPointer.root.appending("BulkEmailEntries")
        let items = reader.list(members, "BulkEmailEntries", .root)
        if items.isEmpty { reader.note(entries, "is required: a list of entries") }
        var messages = items.enumerated().map { message($1, at: $0, entries.appending($0), common) }
        guard !messages.isEmpty else { throw Refusal(.invalidRequest(reader.faults)) }
        messages[0].faults = reader.faults + messages[0].faults
        return FrontSubmission(messages, of: call)
    }

    private static func message(
        _ item: JSON,
        at position: Int,
        _ place: JSONPointer,
        _ common: Common
    ) -> FrontMessage {
        var reader = SESReader()
        let entry = reader.object(item, place)
        var message = FrontMessage(common.request)
        reader.readRecipients(entry, place, into: &message.request)
        for tag in reader.pairs(entry, "ReplacementTags", place) { message.request.addMetadata(tag.name, tag.value) }
        let content = place.appending("ReplacementEmailContent")
        let template = content.appending("ReplacementTemplate")
        let outer = reader.object(entry, "ReplacementEmailContent", place)
        let values = reader.object(outer, "ReplacementTemplate", content)
        let own = SESTemplate.data(values, "ReplacementTemplateData", template, &reader)
        common.template.fill(&message.request, own: own, &reader)
        for header in reader.pairs(entry, "ReplacementHeaders", place) {
            message.request.headers?.removeAll { $0.name.lowercased() == header.name.lowercased() }
            message.request.addHeader(header.name, header.value)
        }
        message.ignored = common.ignored
        message.faults = reader.faults
        message.place = SESPlaces(content: common.template.isInline ? .inline : .template, entry: position).place
        return message
    }
}
