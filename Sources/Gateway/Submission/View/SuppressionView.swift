// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
import Mail
package import Queue

/// The representation of suppressions in the API and on the command line.
package enum SuppressionView {
    package static func suppression(_ suppression: Suppression) -> JSON {
        .object(
            JSONObject([
                ("address", .string(suppression.address.description)),
                ("list", MessageView.text(suppression.list)),
                ("reason", .string(suppression.reason.rawValue)),
                ("source", suppression.source.map(source) ?? .null),
                ("created_at", .string(suppression.createdAt.description)),
                ("expires_at", MessageView.text(suppression.expiresAt?.description)),
            ])
        )
    }

    private static func source(_ source: Suppression.Source) -> JSON {
        .object(
            JSONObject([
                ("event", .string(source.event.rawValue)),
                ("provider", MessageView.text(source.provider)),
                ("message", MessageView.text(source.message)),
            ])
        )
    }

    /// A page of at most `limit`; `next` is null when there are certainly no more.
    package static func page(_ page: [Suppression], limit: Int) -> JSON {
        let next = page.count < limit ? nil : page.last?.position.text
        return .object(
            JSONObject([("suppressions", .array(page.map(suppression))), ("next", MessageView.text(next))])
        )
    }
}
