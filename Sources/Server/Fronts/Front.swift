// SPDX-License-Identifier: Apache-2.0
package import Basics
package import HTTPTypes
package import JSON
package import Queue
package import Submission

/// The API of another mail service, which its existing clients speak to the gateway.
///
/// A front is a pure translation: it turns a call into send requests or into a query, and the outcome into that API's
/// answer. ``FrontDispatcher`` does everything else: it authenticates, reads the body, chooses the brand, submits, finds,
/// and turns every refusal into the front's own shape. All fronts lie at the root of the server, and each under
/// `/` and its name as well.
package protocol Front: Sendable {
    /// The way in that its messages take; the raw value is the name in `fronts:`, in the path and in `via`.
    var path: SubmissionPath { get }

    var routes: [FrontRoute] { get }

    /// Paths such as `/v2/email`: everything below them that no front serves gets this front's 404.
    var realms: [String] { get }

    /// Where the call carries its key; throws a problem when it carries none.
    ///
    /// The body of the call has not been read yet.
    func credential(_ call: FrontCall) throws(Refusal) -> FrontCredential

    /// A refusal in the shape of the API: any problem of the gateway, and those that the front's own closures throw.
    ///
    /// The pointers of the faults are those of ``FrontMessage/place``, or the front's own. Status, Retry-After and
    /// Content-Type are the front's; the dispatcher keeps the status when it closes the connection.
    func refusal(_ problem: Problem, _ call: FrontCall) -> Reply
}

extension Front {
    package var name: String { path.rawValue }
}

/// One method of one path of a front.
package struct FrontRoute: Sendable {
    package let method: HTTPTypes.HTTPRequest.Method
    /// With parameters in braces: `/emails/{id}`; `/` is the root.
    package let path: String
    /// What the key must be allowed to do; nil for any key.
    package let scope: APIKey.Scope?
    package let action: FrontAction

    package init(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ path: String,
        scope: APIKey.Scope?,
        _ action: FrontAction
    ) {
        self.method = method
        self.path = path
        self.scope = scope
        self.action = action
    }
}

/// What a call of a front does.
package enum FrontAction: Sendable {
    /// Sends mail. `write` gets one outcome for each message, in order, and is not called when the whole call is refused.
    case submit(
        read: @Sendable (FrontCall) throws(Refusal) -> FrontSubmission,
        write: @Sendable ([FrontOutcome], FrontCall) -> Reply
    )
    /// Reads one message; an unknown id is 404. The parameter is named `id`, see ``FrontID``.
    case show(write: @Sendable (FrontRecord, FrontCall) -> Reply)
    /// Lists messages, newest first.
    case list(
        read: @Sendable (FrontCall) throws(Refusal) -> FrontListing,
        write: @Sendable (FrontPage, FrontCall) -> Reply
    )
    /// Withdraws the message `id`, or gives it another time.
    case change(
        read: @Sendable (FrontCall) throws(Refusal) -> FrontChange,
        write: @Sendable (MessageRecord, FrontCall) -> Reply
    )
    /// An answer that needs the call alone.
    case answer(@Sendable (FrontCall) throws(Refusal) -> Reply)
}

/// How a call proves who makes it.
package enum FrontCredential: Sendable {
    /// The secret of an API key.
    case secret(Secret)
    /// A signature made with a secret that is derived from the key; verified once the body is there.
    case signature(FrontSignature)
    /// No key: the call is only validated, by the front's own rules.
    case rehearsal
}

/// A signed request.
package struct FrontSignature: Sendable {
    /// The id of the API key.
    package let keyID: String
    /// Throws a problem unless one of the secrets signed the call; the body of the call is as it was sent.
    package let verify: @Sendable (_ call: FrontCall, _ secrets: [Secret]) throws(Refusal) -> Void

    package init(
        keyID: String,
        verify: @escaping @Sendable (_ call: FrontCall, _ secrets: [Secret]) throws(Refusal) -> Void
    ) {
        self.keyID = keyID
        self.verify = verify
    }
}

/// The messages of one call.
package struct FrontSubmission: Sendable {
    package var messages: [FrontMessage]
    /// Any fault refuses all of them.
    package var isAllOrNothing: Bool
    /// Checks the messages and stores none of them; the outcomes are as if they were stored.
    package var isRehearsal = false
    /// A message is refused when all of its recipients are suppressed, see ``FrontOutcome/suppressed``.
    package var refusesSuppressed = false
    /// Overrides the `Idempotency-Key` field.
    package var idempotencyKey: String?
    /// How long a repeated call is recognised.
    package var kept = MessageSubmission.kept

    package init(_ messages: [FrontMessage], isAllOrNothing: Bool) {
        self.messages = messages
        self.isAllOrNothing = isAllOrNothing
    }
}

/// One message of a call.
package struct FrontMessage: Sendable {
    package var request: SendRequest
    /// Faults that the front found by itself, with pointers into the call.
    ///
    /// They are reported with those of the gateway.
    package var faults: [Problem.Fault] = []
    /// Fields that change nothing in the mail and have no meaning here: logged once, and kept as metadata `front.NAME`
    /// unless the value is nil.
    package var ignored: [(name: String, value: String?)] = []
    /// The place in the call for the place of a fault in the send request: `/to/0` → `/personalizations/2/to/0`.
    package var place: @Sendable (JSONPointer) -> JSONPointer = { $0 }

    package init(_ request: SendRequest) {
        self.request = request
    }
}

/// What became of one message of a call.
package struct FrontOutcome: Sendable {
    /// As the front made it, with the brand that was chosen.
    package let request: SendRequest
    /// The id of the message, or why it was refused.
    ///
    /// The pointers of a problem are mapped by ``FrontMessage/place``. A message whose recipients are all suppressed has
    /// the problem ``Problem/allSuppressed(_:)`` where the front refuses those. Never ``SubmissionResult/withheld``.
    package let result: SubmissionResult
    /// The suppressed recipients; looked up only where the front refuses them.
    package let suppressed: [String]

    package init(request: SendRequest, result: SubmissionResult, suppressed: [String] = []) {
        self.request = request
        self.result = result
        self.suppressed = suppressed
    }
}

/// A stored message.
package struct FrontRecord: Sendable {
    package let record: MessageRecord
    /// Subject and bodies, secrets masked; nil when they can no longer be rendered.
    package let content: MailContent?
}

/// Which page of the list a call asks for.
package struct FrontListing: Sendable {
    package var filter: MessageFilter
    /// How many messages of the page to leave out at its start.
    package var offset: Int
    /// The page ends before this message, so that it holds the next newer ones.
    package var before: String?

    package init(_ filter: MessageFilter, offset: Int = 0) {
        self.filter = filter
        self.offset = offset
    }
}

package struct FrontPage: Sendable {
    package let records: [MessageRecord]
    /// The subject of each, secrets masked; nil when it can no longer be rendered.
    package let subjects: [String?]
    package let hasMore: Bool
    /// How many messages were left out at the start.
    package let offset: Int
}

package enum FrontChange: Sendable {
    case cancel
    /// `place` is that of the time in the call.
    case reschedule(Timestamp, place: JSONPointer)
}
