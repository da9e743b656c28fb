// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The HTML parts that were rendered last, for the frame of the preview to fetch.
///
/// They come from an address of their own, because a frame that is filled by its page inherits the page's content security
/// policy, under which no mail could have styles.
final class PreviewMails: Sendable {
    private static let most = 24

    private let mails = Mutex<(next: Int, kept: [(id: Int, html: String)])>((1, []))

    /// Keeps a part and gives its id; the oldest one goes.
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
