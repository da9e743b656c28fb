// SPDX-License-Identifier: Apache-2.0
import Basics
internal import HTTPTypes
package import Queue
package import Submission

/// Pages that show the mail stored by `capture` providers.
///
/// The content is untrusted: text is escaped, and a mail's HTML is shown in a sandboxed frame.
package struct ConsoleAPI: Sendable {
    private static let pageSize = 50
    private static let pagePolicy =
        "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    /// The policy of a mail opened on its own: as restricted as in the frame, except that its links open in new tabs.
    private static let mailPolicy =
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'self'"

    private let archive: any MessageStore
    private let messages: any MessageViewing
    private let statuses: @Sendable () -> [ProviderStatus]

    package init(
        archive: any MessageStore,
        messages: any MessageViewing,
        statuses: @escaping @Sendable () -> [ProviderStatus]
    ) {
        self.archive = archive
        self.messages = messages
        self.statuses = statuses
    }

    package var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/", access: .localPage, answer: list),
            Endpoint(.get, "/captured/{id}", access: .localPage, answer: show),
            Endpoint(.get, "/captured/{id}/body", access: .localPage, answer: body),
            Endpoint(.get, "/console.css", access: .open) { _ throws(Refusal) in
                Reply(status: 200, type: "text/css; charset=utf-8", body: Array(CapturedMailPage.style.utf8))
            },
        ]
    }

    private var captures: [String] { statuses().filter(\.isCapture).map(\.name) }

    /// Whether the provider that took the message may show the secrets in its mail.
    private func showsSecrets(_ record: MessageRecord) -> Bool {
        statuses().contains { $0.name == record.provider && $0.isCapture && $0.showsSecrets }
    }

    private func list(_ call: Call) async throws(Refusal) -> Reply {
        var query = Query(call.query, known: ["after"])
        let after = query.text("after", maximum: 512)
        try query.check()
        var records: [MessageRecord] = []
        var floor: String?
        for provider in captures {
            var filter = MessageFilter(limit: Self.pageSize)
            filter.provider = provider
            filter.visibleBrands = call.principal.brands
            filter.after = after
            let page = try await page(filter)
            records += page.records
            if let next = page.next { floor = max(floor ?? next, next) }
        }
        // Ids sort by time. The pages of several providers are merged by id, down to the last id that all searches have reached.
        records = Array(records.filter { $0.id >= floor ?? "" }.sorted { $0.id > $1.id }.prefix(Self.pageSize))
        var subjects: [String: String] = [:]
        for record in records { subjects[record.id] = await subject(record) }
        let older = records.count == Self.pageSize ? records.last?.id : floor
        return Self.page(CapturedMailPage.list(records, subjects: subjects, older: older))
    }

    private func page(_ filter: MessageFilter) async throws(Refusal) -> MessagePage {
        try await translating(Refusal.init) { () async throws(StoreError) in
            try await MessageSearch(archive: archive) { _ in nil }.page(filter)
        }
    }

    private func subject(_ record: MessageRecord) async -> String {
        if let subject = record.request?.content.subject { return subject }
        // A message that can no longer be rendered is listed with a placeholder.
        return (try? await messages.rendered(record, showingSecrets: showsSecrets(record)).subject)
            ?? "(its content is gone)"
    }

    private func show(_ call: Call) async throws(Refusal) -> Reply {
        var query = Query(call.query, known: ["view"])
        let view = query.value("view", "html, text or source") { CapturedMailPage.View(rawValue: $0) }
        try query.check()
        let record = try await find(call)
        let showsSecrets = showsSecrets(record)
        do throws(BuildError) {
            let mail = try await messages.rendered(record, showingSecrets: showsSecrets)
            let view = view ?? (mail.html == nil ? .text : .html)
            var content = CapturedMailPage.Content(mail: mail)
            content.showsSecrets = showsSecrets && record.request?.captured != nil
            if view == .source {
                let source = try await messages.source(record, showingSecrets: showsSecrets)
                content.source = String(decoding: source, as: UTF8.self)
            }
            return Self.page(CapturedMailPage.message(record, content, view: view))
        } catch {
            throw Self.refusal(error)
        }
    }

    private func body(_ call: Call) async throws(Refusal) -> Reply {
        let record = try await find(call)
        let html = try await translating(Self.refusal) { () async throws(BuildError) in
            try await messages.rendered(record, showingSecrets: showsSecrets(record)).html
        }
        guard let html else { throw Refusal(.notFound) }
        return Self.page(Array(CapturedMailPage.openingLinksInTabs(html).utf8), policy: Self.mailPolicy)
    }

    private func find(_ call: Call) async throws(Refusal) -> MessageRecord {
        let record = try await translating(Refusal.init) { () async throws(StoreError) in
            try await archive.find(call.parameter("id"))
        }
        guard let record, let provider = record.provider, captures.contains(provider),
            call.principal.sees(brand: record.brand)
        else { throw Refusal(.notFound) }
        return record
    }

    private static func refusal(_ failure: BuildError) -> Refusal {
        switch failure {
        case .unbuildable, .discarded, .unbound:
            Refusal(.notFound("The message cannot be shown: its content was dropped or cannot be rendered."))
        case .unavailable(let reason): Refusal(StoreError.unavailable(reason))
        }
    }

    private static func page(_ body: [UInt8], policy: String = pagePolicy) -> Reply {
        var reply = Reply(status: 200, type: "text/html; charset=utf-8", body: body)
        reply.fields[.contentSecurityPolicy] = policy
        reply.fields[.xContentTypeOptions] = "nosniff"
        reply.fields[.referrerPolicy] = "no-referrer"
        return reply
    }
}

/// Renders stored messages for display; secrets are masked unless the store keeps them for display and the caller asks for them.
package protocol MessageViewing: Sendable {
    /// The subject and the bodies.
    func rendered(_ record: MessageRecord, showingSecrets: Bool) async throws(BuildError) -> MailContent
    /// The whole message as MIME text.
    func source(_ record: MessageRecord, showingSecrets: Bool) async throws(BuildError) -> [UInt8]
}

extension MessageBuilder: MessageViewing {}
