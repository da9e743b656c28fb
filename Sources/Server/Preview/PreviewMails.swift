// SPDX-License-Identifier: Apache-2.0
internal import Boundary
package import JSON
package import Submission
internal import Synchronization
internal import Templates

/// The most recently rendered HTML parts, which the preview's frame fetches.
///
/// Each part has its own URL, because a frame filled by its page inherits the page's content security policy, which
/// forbids the mail's styles.
final class PreviewMails: Sendable {
    private static let most = 24

    private let mails = Mutex<(next: Int, kept: [(id: Int, html: String)])>((1, []))

    /// Stores a part and returns its id; the oldest part is removed.
    func keep(_ html: String) -> Int {
        mails.withLock { mails in
            if let same = mails.kept.first(where: { $0.html == html }) { return same.id }
            let id = mails.next
            mails.next += 1
            mails.kept.append((id, html))
            if mails.kept.count > Self.most { mails.kept.removeFirst() }
            return id
        }
    }

    func html(_ id: Int) -> String? {
        mails.withLock { mails in mails.kept.first { $0.id == id }?.html }
    }
}

/// The preview request of the page: a template in a brand and locale, with the data as typed.
struct PreviewSelection {
    let template: String
    let brand: String
    /// Nil for the brand's locale.
    let locale: String?
    /// JSON text, possibly incomplete; nil for the sample.
    let data: String?

    init(_ body: JSON) throws(Refusal) {
        guard let template = body["template"]?.string, let brand = body["brand"]?.string else {
            throw Refusal(.invalidRequest([Problem.Fault(.root, "`template` and `brand` are missing")]))
        }
        self.template = template
        self.brand = brand
        locale = body["locale"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        data = body["data"]?.string
    }

    /// The typed data; nil for the template's own sample.
    func values() throws(JSONSyntaxError) -> JSON? {
        guard let data else { return nil }
        let bytes = Array(data.utf8)
        guard JSONTokens.verdict(bytes) == .reasonable else {
            throw JSONSyntaxError(line: 1, column: 1, reason: "these are too many values")
        }
        return try JSONReader.read(bytes)
    }
}

/// Sends a mail of the preview through the gateway.
package protocol PreviewSending: Sendable {
    /// The providers that a mail may be pinned to.
    var providers: [String] { get }
    /// Why no mail can be sent, with a remedy; nil when sending is possible.
    var obstacle: String? { get }
    /// Accepts a send request as the API does; returns `{"id", "state", "detail"}`, where `detail` is text for people.
    func send(_ request: JSON) async throws(Problem) -> JSON
}
