// SPDX-License-Identifier: Apache-2.0

import JSON

/// Sends canaries and looks after them.
package protocol CanaryPost: Sendable {
    /// Accepts a canary pinned to the provider, and returns its id.
    func send(_ canary: CanarySettings, through provider: String) async throws(AlertFailure) -> String

    /// What has become of it; nil when the store does not know it.
    func state(of id: String) async throws(AlertFailure) -> MessageState?
}

extension OutageWatch {
    struct Canaries: Sendable {
        var settings: [String: CanarySettings] = [:]
        var schedules: [String: CanarySchedule] = [:]
        /// Providers about whose canary something is being asked or done.
        var busy: Set<String> = []
    }

    /// Takes which providers have a canary; what is known of those that stay is kept.
    package func configure(_ settings: [String: CanarySettings]) {
        let now = clock()
        canaries.settings = settings
        canaries.schedules = Dictionary(
            uniqueKeysWithValues: settings.map { name, canary in
                let known = canaries.schedules[name]
                let isSame = known?.every == canary.every
                return (name, known.flatMap { isSame ? $0 : nil } ?? CanarySchedule(every: canary.every, now: now))
            }
        )
    }

    /// Sends the canaries that are due, and asks after those on their way.
    func flyCanaries(now: Timestamp) {
        guard let post = surroundings.canaries else { return }
        for (name, schedule) in canaries.schedules where !canaries.busy.contains(name) {
            guard let settings = canaries.settings[name] else { continue }
            let status = watchdog.observation.providers.first { $0.name == name }
            if let bird = schedule.bird {
                canaries.busy.insert(name)
                Task { await ask(after: bird, of: name, post) }
            } else if let status, status.state != .paused, schedule.isDue(lastSent: status.lastSent, now: now) {
                canaries.busy.insert(name)
                Task { await release(settings, through: name, post) }
            }
        }
    }

    private func release(_ settings: CanarySettings, through name: String, _ post: any CanaryPost) async {
        do throws(AlertFailure) {
            let id = try await post.send(settings, through: name)
            canaries.schedules[name]?.left(id, now: clock())
        } catch {
            canaries.schedules[name]?.stayed(error.detail, now: clock())
        }
        canaries.busy.remove(name)
    }

    private func ask(after bird: CanarySchedule.Bird, of name: String, _ post: any CanaryPost) async {
        do throws(AlertFailure) {
            let state = try await post.state(of: bird.id)
            canaries.schedules[name]?.saw(state, now: clock())
        } catch {
            // A store that does not answer is asked again at the next tick, and is alerted about by itself.
        }
        canaries.busy.remove(name)
    }
}

/// Canaries by way of acceptance and the queue, like any mail.
package struct AcceptedCanaries: CanaryPost {
    private let acceptance: Acceptance
    private let archive: any MessageArchive
    private let clock: Clock

    package init(acceptance: Acceptance, archive: any MessageArchive, clock: @escaping Clock) {
        self.acceptance = acceptance
        self.archive = archive
        self.clock = clock
    }

    package func send(_ canary: CanarySettings, through provider: String) async throws(AlertFailure) -> String {
        let now = clock()
        var fields = JSONObject([
            ("to", .string(canary.to.display)), ("subject", .string("Posthaste canary through \(provider)")),
            ("text", .string(Self.text(provider, now))), ("category", "canary"), ("provider", .string(provider)),
            ("priority", "normal"), ("expires_at", .string((now + canary.every).description)),
        ])
        fields["from"] = canary.from.map { .string($0.display) }
        do throws(Problem) {
            let answer = try await acceptance.accept(.object(fields), from: .commandLine)
            return answer.ids.first ?? ""
        } catch {
            let faults = error.faults.map { "\($0.pointer): \($0.detail)" }
            throw AlertFailure("it could not be accepted: \(([error.detail] + faults).joined(separator: " "))")
        }
    }

    package func state(of id: String) async throws(AlertFailure) -> MessageState? {
        do throws(OutboxError) {
            return try await archive.find(id)?.state
        } catch {
            throw AlertFailure("the store does not answer: \(error)")
        }
    }

    private static func text(_ provider: String, _ now: Timestamp) -> String {
        """
        This mail proves that \(provider) still takes mail from Posthaste. It was made at \(now).
        It is sent only when nothing else was, and nobody has to read it.

        """
    }
}
