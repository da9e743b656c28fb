// SPDX-License-Identifier: Apache-2.0
internal import Dispatch

/// Runs long computations one after another on a thread of its own, so that the shared threads of tasks stay free.
///
/// It is used as the preferred executor of a task: `withTaskExecutorPreference(LongWork.shared)`. The operating
/// system shares the processors between this thread and the others.
package final class LongWork: TaskExecutor {
    package static let shared = LongWork()

    private let queue = DispatchQueue(label: "posthaste.long-work", qos: .utility)

    private init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
