// SPDX-License-Identifier: Apache-2.0
import JSON
import Queue
import Server
import Submission

/// Sends mails of the preview as `posthaste send` does: it stores them, and a running gateway sends them.
actor PreviewPost: PreviewSending {
    /// The time limit for an outcome, and the polling interval.
    private static let patience = Duration.seconds(5)
    private static let interval = Duration.milliseconds(100)

    private let work: TemplateWork
    /// Opened for the first mail, so that a preview alone does not open the store.
    private var gateway: CommandLineGateway?

    nonisolated let obstacle: String?
    nonisolated let providers: [String]

    init(_ work: TemplateWork) {
        self.work = work
        obstacle = Self.obstacle(work)
        providers = work.config?.settings.providers.map(\.name) ?? []
    }

    private static func obstacle(_ work: TemplateWork) -> String? {
        guard let settings = work.config?.settings else {
            return "There are no settings to send with: run `posthaste init`, or name the file with --config."
        }
        if settings.templates != work.folder {
            return "The settings use the templates of \(settings.templates); preview those to send them."
        }
        guard !settings.providers.isEmpty else {
            return "The settings have no provider to send through: add one under `providers`."
        }
        return nil
    }

    func send(_ request: JSON) async throws(Problem) -> JSON {
        if let obstacle { throw Self.unavailable(obstacle) }
        let gateway = try await opened()
        let answer = try await gateway.acceptance.accept(request, from: .commandLine)
        let record = try await outcome(of: answer.ids.first ?? "", gateway)
        return .object(
            JSONObject([
                ("id", .string(record.id)), ("state", .string(record.state.rawValue)),
                ("provider", record.provider.map(JSON.string) ?? .null), ("detail", .string(Self.sentence(record))),
            ])
        )
    }

    private func opened() async throws(Problem) -> CommandLineGateway {
        if let gateway { return gateway }
        guard let config = work.config else { throw Self.unavailable(obstacle ?? "") }
        do throws(CommandFailure) {
            let store = try await OpenStore.open(config.settings.store)
            let made = CommandLineGateway(config, store, templates: work.open)
            gateway = made
            return made
        } catch {
            throw Self.unavailable(error.lines.joined(separator: "; "))
        }
    }

    /// The message after a running gateway has tried to send it, or after the time limit.
    private func outcome(of id: String, _ gateway: CommandLineGateway) async throws(Problem) -> MessageRecord {
        do throws(CommandFailure) {
            let deadline = ContinuousClock.now + Self.patience
            var record = try await gateway.message(id)
            while !record.state.hasOutcome, ContinuousClock.now < deadline {
                // A cancelled sleep ends the wait; the message is stored already.
                guard (try? await Task.sleep(for: Self.interval)) != nil else { break }
                record = try await gateway.message(id)
            }
            return record
        } catch {
            throw Self.unavailable(error.lines.joined(separator: "; "))
        }
    }

    private static func sentence(_ record: MessageRecord) -> String {
        let failure = record.failure.map { ": \($0.detail)" } ?? ""
        switch record.state {
        case .sent: return "\(record.id) is sent by \(record.provider ?? "a provider")"
        case let state where !state.hasOutcome:
            let hint = failure.isEmpty ? "; is `posthaste serve` running?" : failure
            return "\(record.id) is accepted and \(record.state.rawValue)\(hint)"
        default: return "\(record.id) is \(record.state.rawValue)\(failure)"
        }
    }

    private static func unavailable(_ detail: String) -> Problem {
        Problem("not-sent", title: "Nothing was sent", status: 503, detail: detail)
    }
}
