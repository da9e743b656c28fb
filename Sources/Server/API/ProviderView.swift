// SPDX-License-Identifier: Apache-2.0
import Delivery
package import JSON
package import OAuth
package import Queue
import Submission

/// Renders providers as the API shows them.
package enum ProviderView {
    /// One provider; `token` has the account, expiry and last refresh of its OAuth token, null when it uses none.
    package static func provider(_ status: ProviderStatus, token: JSON = .null) -> JSON {
        .object(
            JSONObject([
                ("name", .string(status.name)),
                ("kind", .string(status.kind)),
                ("state", .string(word(status.state))),
                ("since", MessageView.time(status.since)),
                ("until", MessageView.time(status.until)),
                ("reason", MessageView.text(status.reason)),
                ("remedy", MessageView.text(status.remedy)),
                ("circuit", circuit(status)),
                ("probed_at", MessageView.time(status.probe?.at)),
                ("probe_error", MessageView.text(status.probe?.failure)),
                ("limits", .object(limits(status))),
                ("capabilities", .array(status.capabilities.names.map(JSON.string))),
                ("max_message_bytes", .integer(status.maxMessageBytes ?? MessageSize.limit)),
                ("running", .integer(status.running)),
                ("waiting", .integer(status.waiting)),
                ("used_today", .integer(status.usedToday)),
                ("last_sent_at", MessageView.time(status.lastSent)),
                ("token", token),
            ])
        )
    }

    /// A provider as seen by a process that does not send; `gateways` counts the running gateways that reported it.
    ///
    /// Without a report the state is `unknown`.
    package static func known(_ known: OfflineReport.KnownStatus) -> JSON {
        var view = provider(known.status).object ?? JSONObject()
        if !known.isKnown {
            view["state"] = "unknown"
            for name in ["since", "circuit"] { view[name] = .null }
        }
        view["gateways"] = .integer(known.gateways)
        return .object(view)
    }

    /// The storage place and status of a provider's tokens, without the tokens.
    package static func token(_ status: TokenStatus) -> JSON {
        .object(
            JSONObject([
                ("account", .string(status.account)),
                ("place", .string(status.place)),
                ("state", .string(status.state.rawValue)),
                ("expires_at", MessageView.time(status.expiresAt)),
                ("refreshed_at", MessageView.time(status.refreshedAt)),
                ("granted_at", MessageView.time(status.grantedAt)),
                ("failure", failure(status)),
                ("remedy", MessageView.text(status.failure?.remedy)),
                (
                    "forecast",
                    status.forecast.map {
                        ["dies_at": MessageView.time($0.diesAt), "reason": .string($0.reason)]
                    } ?? .null
                ),
                ("warnings", .array(status.warnings.map(JSON.string))),
            ])
        )
    }

    /// The same with the fields that identify the token; for a list of tokens.
    package static func listedToken(_ status: TokenStatus) -> JSON {
        var view = token(status).object ?? JSONObject()
        view["provider"] = .string(status.provider)
        view["kind"] = .string(status.kind)
        return .object(view)
    }

    private static func failure(_ status: TokenStatus) -> JSON {
        guard let failure = status.failure else { return .null }
        return [
            "kind": .string(failure.kind.name), "code": .string(failure.code), "detail": .string(failure.detail),
            "since": MessageView.time(status.since),
        ]
    }

    package static func list(_ providers: [JSON]) -> JSON { .object(JSONObject([("providers", .array(providers))])) }

    /// A rate-limited provider is up; a provider whose circuit is not closed is down.
    private static func word(_ state: ProviderStatus.State) -> String {
        switch state {
        case .up, .limited, .halfOpen: "up"
        case .down, .open: "down"
        case .paused: "paused"
        }
    }

    private static func circuit(_ status: ProviderStatus) -> JSON {
        let state =
            switch status.state {
            case .open: "open"
            case .halfOpen: "half_open"
            case .up, .paused, .down, .limited: "closed"
            }
        let isClosed = state == "closed"
        return .object(
            JSONObject([
                ("state", .string(state)),
                ("since", isClosed ? .null : MessageView.time(status.since)),
                ("reason", isClosed ? .null : MessageView.text(status.reason)),
            ])
        )
    }

    private static func limits(_ status: ProviderStatus) -> JSONObject {
        var limits = JSONObject()
        limits["concurrency"] = ["limit": .integer(status.limits.concurrency), "used": .integer(status.running)]
        if let perDay = status.limits.perDay {
            limits["per_day"] = ["limit": .integer(perDay), "used": .integer(status.usedToday)]
        }
        if let perSecond = status.limits.perSecond {
            limits["per_second"] = ["limit": .number(perSecond), "used": .integer(status.state == .limited ? 1 : 0)]
        }
        return limits
    }
}
