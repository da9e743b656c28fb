// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
import Mail
import Queue

/// An event as webhooks and the feed show it.
///
/// A field without a value is null, as in the rest of the API.
package enum WebhookPayload {
    /// Such as `message.bounced`.
    package static func type(of event: LoggedEvent) -> String { "message.\(event.event.kind.rawValue)" }

    /// The `webhook-id`: the same on every try and in every replay, and different for every other event.
    ///
    /// It has no `.`, because the signed content is joined by it (Standard Webhooks 1.0.0).
    package static func id(of event: LoggedEvent) -> String {
        let message = event.messageID.split(separator: "_", maxSplits: 1).last ?? ""
        return "evt_\(message)_\(event.sequence)"
    }

    /// The body of a call.
    package static func body(_ event: LoggedEvent) -> JSON {
        .object(JSONObject(members(event)))
    }

    /// The event in a page of the feed.
    package static func entry(_ event: LoggedEvent) -> JSON {
        .object(JSONObject([("sequence", .integer(Int(event.sequence)))] + members(event)))
    }

    private static func members(_ event: LoggedEvent) -> [(String, JSON)] {
        [
            ("type", .string(type(of: event))), ("timestamp", .string(event.event.at.description)),
            ("data", data(event)),
        ]
    }

    private static func data(_ event: LoggedEvent) -> JSON {
        let metadata = event.metadata.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        return .object(
            JSONObject([
                ("sequence", .integer(Int(event.sequence))), ("id", .string(event.messageID)),
                ("state", .string(event.state.rawValue)), ("brand", .string(event.brand)),
                ("category", text(event.category)), ("list", text(event.list)),
                ("tags", .array(event.tags.map(JSON.string))), ("metadata", .object(JSONObject(metadata))),
                ("provider", text(event.provider)), ("provider_message_id", text(event.providerMessageID)),
                ("recipient", text(event.event.recipient?.description)),
                ("class", text(event.event.bounceClass?.rawValue)), ("detail", text(event.event.detail)),
            ])
        )
    }

    private static func text(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
}
