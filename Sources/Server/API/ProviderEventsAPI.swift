// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import Feedback
internal import HTTPTypes
import JSON
package import Logging
package import Monitoring
import Queue
import Submission
import Synchronization

/// Takes the calls with which mail services report what became of mail.
///
/// A call needs no API key: the provider's reader authenticates it in the service's own way. The answer is 200 once all of
/// its events are on disk; they are processed afterwards.
package struct ProviderEventsAPI: Sendable {
    /// The largest body, in bytes: SendGrid sends the largest batches.
    static let limit = 5 * 1024 * 1024

    /// The reader of a provider; nil when there is no such provider, or it has no `events`.
    package typealias Readers = @Sendable (_ provider: String) -> (any EventReader)?

    private let readers: Readers
    private let intake: any FeedbackIntake
    private let metrics: Metrics
    private let logger: Logger
    private let clock: Clock
    private let lastLines = LastLines()

    package init(
        readers: @escaping Readers,
        intake: any FeedbackIntake,
        metrics: Metrics,
        logger: Logger,
        clock: @escaping Clock
    ) {
        self.readers = readers
        self.intake = intake
        self.metrics = metrics
        self.logger = logger
        self.clock = clock
    }

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .post,
                "/v1/providers/{name}/events",
                access: .open,
                body: .any(limit: Self.limit),
                check: { parameters throws(Refusal) in _ = try reader(parameters["name"] ?? "") },
                answer: take
            )
        ]
    }

    private func take(_ call: Call) async throws(Refusal) -> Reply {
        let provider = call.parameter("name")
        let reader = try reader(provider)
        var fields: [String: String] = [:]
        for field in call.fields { fields[field.name.canonicalName] = field.value }
        let events: [FeedbackEvent]
        do throws(EventRejection) {
            events = try await reader.read(EventCall(fields: fields, body: call.body), now: clock())
        } catch {
            throw refusal(error, provider)
        }
        do throws(StoreError) {
            try await intake.add(events, of: provider)
        } catch {
            throw Refusal(.eventsUnavailable(cause: "\(error)"))
        }
        return .json(["received": .integer(events.count)])
    }

    private func reader(_ provider: String) throws(Refusal) -> any EventReader {
        guard let reader = readers(provider) else {
            throw Refusal(.notFound("There is no provider of this name with the setting events."))
        }
        return reader
    }

    private func refusal(_ rejection: EventRejection, _ provider: String) -> Refusal {
        let (problem, reason) =
            switch rejection {
            case .unauthorized(let status, let detail): (Problem.wrongSender(status: status, detail), "unauthorized")
            case .malformed(let detail): (Problem.noEvent(detail), "malformed")
            case .unavailable(let detail): (Problem.eventsUnavailable(cause: detail), "unavailable")
            }
        metrics.rejectedEvents(provider, reason: reason)
        // Anyone can make such calls; the metric has their number.
        if lastLines.isDue(provider, reason, now: clock()) {
            logger.warning(
                "a call with reports of a provider was refused; the next ones are not logged for a minute",
                metadata: [
                    "provider": "\(provider)", "status": "\(problem.status)",
                    "reason": "\(problem.cause ?? problem.detail)",
                ]
            )
        }
        var refusal = Refusal(problem)
        // No scheme that a client would try by itself.
        if problem.status == 401 { refusal.fields[.wwwAuthenticate] = "Webhook realm=\"posthaste\"" }
        return refusal
    }
}

/// When calls of a provider that were refused for a reason were last logged.
private final class LastLines: Sendable {
    private static let pause = Duration.seconds(60)

    private let times = Mutex<[String: Timestamp]>([:])

    /// True when a line may be written now, which then counts as written.
    func isDue(_ provider: String, _ reason: String, now: Timestamp) -> Bool {
        times.withLock { times in
            let key = "\(provider) \(reason)"
            if let last = times[key], now >= last, now - last < Self.pause { return false }
            times[key] = now
            return true
        }
    }
}

extension Problem {
    /// The call is not authentic; the detail says what is missing or wrong.
    fileprivate static func wrongSender(status: Int, _ detail: String) -> Problem {
        status == 401
            ? Problem("not-authenticated", title: "Not authenticated", status: status, detail: detail)
            : Problem("forbidden", title: "The sender may not do this", status: status, detail: detail)
    }

    fileprivate static func noEvent(_ detail: String) -> Problem {
        Problem("no-event", title: "No event of this service", status: 400, detail: detail)
    }

    fileprivate static func eventsUnavailable(cause: String) -> Problem {
        Problem(
            "events-unavailable",
            title: "The events cannot be taken now",
            status: 503,
            detail: "Nothing was stored; send the call again.",
            retryAfter: 10,
            cause: cause
        )
    }
}
