// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Feedback
import JSON
import Mail
import Queue

/// A reported event as encoded in its column, but for its id. Nil fields are left out.
extension FeedbackEvent {
    var json: JSON {
        var fields = JSONObject()
        fields["kind"] = .string(kind.messageEvent.rawValue)
        fields["class"] = kind.bounceClass.map { .string($0.rawValue) }
        fields["at"] = .integer(Int(at.milliseconds))
        fields["message"] = messageID.map(JSON.string)
        fields["provider_message"] = providerMessageID.map(JSON.string)
        fields["recipient"] = recipient.map { .string($0.canonical) }
        fields["code"] = code.map { .string($0.description) }
        fields["detail"] = detail.map(JSON.string)
        return .object(fields)
    }

    /// Nil when a field is missing, or of another type, or has a word of another version.
    init?(_ json: JSON, id: String) {
        guard let word = json["kind"]?.string, let kind = Kind(word, json["class"]?.string),
            let at = json["at"]?.integer
        else { return nil }
        self.init(
            kind,
            id: id,
            at: Timestamp(milliseconds: Int64(at)),
            messageID: json["message"]?.string,
            providerMessageID: json["provider_message"]?.string,
            recipient: json["recipient"]?.string.flatMap(EmailAddress.init(stored:)),
            code: json["code"]?.string.flatMap { EnhancedStatusCode($0) },
            detail: json["detail"]?.string
        )
    }
}

extension FeedbackEvent.Kind {
    fileprivate init?(_ word: String, _ bounceClass: String?) {
        switch word {
        case "delayed": self = .delayed
        case "delivered": self = .delivered
        case "bounced":
            guard let value = bounceClass.flatMap(BounceClass.init) else { return nil }
            self = .bounced(value)
        case "complained": self = .complained
        case "opened": self = .opened
        case "clicked": self = .clicked
        case "unsubscribed": self = .unsubscribed
        default: return nil
        }
    }
}
