// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import Foundation
internal import JSON

/// The relevant members of Gmail's responses; a member that is missing or of another type is nil.
struct GmailAnswer: Decodable {
    let id: String?
    let emailAddress: String?
    let sendAs: [Alias]?
    let error: Failure?

    /// An address that the account may send from.
    struct Alias: Decodable {
        let sendAsEmail: String?
        let isPrimary: Bool?
        let verificationStatus: String?

        /// The primary address has no verification status.
        var isVerified: Bool { isPrimary == true || verificationStatus == "accepted" }
    }

    /// `error` in format 1; each member is optional.
    struct Failure: Decodable {
        let message: String?
        /// A code of google.rpc.Code, such as `RESOURCE_EXHAUSTED`.
        let status: String?
        let errors: [Item]?
        let details: [Item]?

        struct Item: Decodable {
            let reason: String?

            init(from decoder: any Decoder) throws {
                // A detail of another type has no reason, or one that is not text.
                reason = try? decoder.container(keyedBy: Key.self).decodeIfPresent(String.self, forKey: .reason)
            }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            // A member of the wrong type must not hide the others.
            message = try? container.decodeIfPresent(String.self, forKey: .message)
            status = try? container.decodeIfPresent(String.self, forKey: .status)
            errors = try? container.decodeIfPresent([Item].self, forKey: .errors)
            details = try? container.decodeIfPresent([Item].self, forKey: .details)
        }
    }

    private enum Key: String, CodingKey {
        case id, emailAddress, sendAs, error, message, status, errors, details, reason
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        // As above.
        id = try? container.decodeIfPresent(String.self, forKey: .id)
        emailAddress = try? container.decodeIfPresent(String.self, forKey: .emailAddress)
        sendAs = try? container.decodeIfPresent([Alias].self, forKey: .sendAs)
        error = try? container.decodeIfPresent(Failure.self, forKey: .error)
    }

    /// Parses the body of a response, which Google sometimes wraps in a list; nil when it is not a JSON object, or nested too deeply.
    init?(_ response: HTTPResponse) {
        guard !JSON.isNested(deeperThan: JSON.deepestAnswer, in: response.body) else { return nil }
        let body = Data(response.body)
        // The status decides when the body has no information.
        if let answer = try? JSONDecoder().decode(GmailAnswer.self, from: body) {
            self = answer
        } else if let answer = (try? JSONDecoder().decode([GmailAnswer].self, from: body))?.first {
            self = answer
        } else {
            return nil
        }
    }
}
