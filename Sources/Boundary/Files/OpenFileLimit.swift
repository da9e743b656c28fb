// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The limit on open files and connections of this process (setrlimit(2)).
package enum OpenFileLimit {
    /// Raises the limit to `wanted`, as far as the hard limit allows, and returns the limit that is then in force.
    ///
    /// It is never lowered.
    package static func raise(to wanted: Int) -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        let now = limit.rlim_cur
        let goal = min(rlim_t(wanted), limit.rlim_max)
        guard goal > now else { return Int(clamping: now) }
        limit.rlim_cur = goal
        let isRaised = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return Int(clamping: isRaised ? goal : now)
    }
}
