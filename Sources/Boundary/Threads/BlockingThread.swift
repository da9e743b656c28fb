// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Starts threads of the operating system for C calls that block for long.
enum BlockingThread {
    private static let stackSize = 512 * 1024

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Runs `body` on a thread of its own; false when the system has none left, and then `body` never runs.
    static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        defer { unsafe attributes.deallocate() }
        guard unsafe pthread_attr_init(attributes) == 0 else { return false }
        defer { unsafe pthread_attr_destroy(attributes) }
        unsafe pthread_attr_setstacksize(attributes, stackSize)
        unsafe pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
        return unsafe create(attributes, Unmanaged.passRetained(Work(body)).toOpaque())
    }

    /// Blocks the calling thread, which must be one of those started here.
    static func sleep(_ span: Duration) {
        usleep(UInt32(clamping: span.components.seconds * 1_000_000 + span.components.attoseconds / 1_000_000_000_000))
    }

    private static func create(
        _ attributes: UnsafeMutablePointer<pthread_attr_t>,
        _ work: UnsafeMutableRawPointer
    ) -> Bool {
        var thread: pthread_t = 0
        let status = unsafe pthread_create(&thread, attributes, { unsafe BlockingThread.run($0) }, work)
        if status != 0 { unsafe Unmanaged<Work>.fromOpaque(work).release() }
        return status == 0
    }

    private static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let argument = unsafe argument {
            unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
        }
        return nil
    }
}
