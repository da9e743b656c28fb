// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import OAuth
internal import Queue

/// How the console names what providers are and do.
enum ProviderWords {
    static func state(_ status: ProviderStatus) -> Markup {
        switch status.state {
        case .up where status.isStarting: "<span class=\"state is-queued\">starts</span>"
        case .up where status.isCapture: "<span class=\"state is-up\">captures</span>"
        case .up: "<span class=\"state is-up\">up</span>"
        case .paused: "<span class=\"state is-paused\">paused</span>"
        case .down, .open: "<span class=\"state is-down\">down</span>"
        case .halfOpen: "<span class=\"state is-limited\">on trial</span>"
        case .limited: "<span class=\"state is-limited\">limited</span>"
        }
    }

    static func circuit(_ status: ProviderStatus, now: Timestamp) -> Markup {
        let since: Markup = "\(ConsoleText.time(status.since, now: now))"
        let until: Markup = status.until.markup { "; the next try is \(ConsoleText.time($0, now: now))" }
        return switch status.state {
        case .open: "open since \(since)\(until)"
        case .halfOpen: "half open since \(since); one message at a time until one leaves"
        case .down: "held since \(since)\(until)"
        case .up, .limited, .paused: "closed"
        }
    }

    /// The state of a provider's token in a few words.
    static func token(_ token: TokenStatus, now: Timestamp) -> Markup {
        switch token.state {
        case .dead: return "<span class=\"bad\">the grant is no longer good</span>"
        case .failing: return "<span class=\"bad\">cannot be renewed</span>"
        case .good:
            guard let expiry = token.expiresAt else { return "good" }
            return expiry > now ? "good, ends \(ConsoleText.time(expiry, now: now))" : "is renewed at the next use"
        }
    }

    /// A share of a limit as a bar with figures.
    static func meter(_ title: String, _ used: Int, of limit: Int) -> Markup {
        let percent = limit > 0 ? min(100, 100 * used / limit) : 0
        let kind: Markup = percent >= 90 ? "bar warn" : "bar"
        return """
            <li><span class="quiet">\(title)</span><span>\(ConsoleText.figure(used)) of \(ConsoleText.figure(limit))</span>\
            <svg class="\(kind)" viewBox="0 0 100 5" preserveAspectRatio="none" aria-hidden="true">\
            <rect width="\(percent)" height="5"/></svg></li>

            """
    }
}
