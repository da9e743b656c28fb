// SPDX-License-Identifier: Apache-2.0
import Basics
package import Queue

/// Sends canary messages and reads their state.
package protocol CanaryPost: Sendable {
    /// Accepts a canary message pinned to the provider, and returns its id.
    func send(_ canary: CanarySettings, through provider: String) async throws(AlertFailure) -> String

    /// The state of a canary message; nil when the store does not know it.
    func state(of id: String) async throws(AlertFailure) -> MessageState?
}

extension AlertManager {
    struct Canaries: Sendable {
        var settings: [String: CanarySettings] = [:]
        var schedules: [String: Canary] = [:]
        /// Providers with a canary operation under way.
        var busy: Set<String> = []
    }

    /// Sets which providers have a canary; the state of those that remain is kept.
    package func configure(_ settings: [String: CanarySettings]) {
        let now = clock()
        canaries.settings = settings
        canaries.schedules = Dictionary(
            uniqueKeysWithValues: settings.map { name, canary in
                let known = canaries.schedules[name]
                let isSame = known?.every == canary.every
                return (name, known.flatMap { isSame ? $0 : nil } ?? Canary(every: canary.every, now: now))
            }
        )
    }

    /// Sends the canary messages that are due, and reads the state of those under way.
    func flyCanaries(now: Timestamp) {
        guard let post = dependencies.canaries else { return }
        for (name, schedule) in canaries.schedules where !canaries.busy.contains(name) {
            guard let settings = canaries.settings[name] else { continue }
            let status = evaluator.observation.providers.first { $0.name == name }
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

    private func ask(after bird: Canary.Message, of name: String, _ post: any CanaryPost) async {
        do throws(AlertFailure) {
            let state = try await post.state(of: bird.id)
            canaries.schedules[name]?.saw(state, now: clock())
        } catch {
            // A store that does not answer is read again at the next tick, and has an alert of its own.
        }
        canaries.busy.remove(name)
    }
}
