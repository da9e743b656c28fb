// SPDX-License-Identifier: Apache-2.0
internal import CPostgres

/// Passes on the server's notices.
final class PostgresNotices {
    private let tell: @Sendable (String) -> Void

    init(_ tell: @escaping @Sendable (String) -> Void) {
        self.tell = tell
    }

    /// The receiver must live as long as the connection.
    func listen(to connection: OpaquePointer) {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe PQsetNoticeProcessor(connection, { unsafe PostgresNotices.receive($0, $1) }, context)
    }

    private static func receive(_ context: UnsafeMutableRawPointer?, _ message: UnsafePointer<CChar>?) {
        guard let context = unsafe context, let message = unsafe message else { return }
        let notices = unsafe Unmanaged<PostgresNotices>.fromOpaque(context).takeUnretainedValue()
        let lines = unsafe String(cString: message).split(whereSeparator: \.isNewline)
        notices.tell(lines.joined(separator: " "))
    }
}

extension PostgresLink {
    /// The payloads of the notifications received, after waiting up to `span` for the first.
    func notifications(within span: Duration) -> [String] {
        var payloads: [String] = []
        if handle.wait(reading: true, writing: false, until: .now + span), unsafe PQconsumeInput(handle.raw) == 0 {
            spoil()
        }
        while let notice = unsafe PQnotifies(handle.raw) {
            unsafe payloads.append(String(cString: notice.pointee.extra))
            unsafe PQfreemem(notice)
        }
        return payloads
    }
}
