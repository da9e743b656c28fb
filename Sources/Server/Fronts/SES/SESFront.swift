// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import HTTPTypes
package import Queue
package import Submission

/// Amazon SES: version 2 in JSON (service model sesv2 2019-09-27), and of version 1 the calls that send mail (service model email
/// 2010-12-01), in forms and XML.
package struct SESFront: Front {
    package init() {}

    package var path: SubmissionPath { .ses }
    package var realms: [String] { ["/v2/email"] }

    package var routes: [FrontRoute] {
        [
            FrontRoute(
                .post,
                "/v2/email/outbound-emails",
                scope: .send,
                .submit(read: SESEmail.submission, write: SESAnswer.sent)
            ),
            FrontRoute(
                .post,
                "/v2/email/outbound-bulk-emails",
                scope: .send,
                .submit(read: SESBulkEmail.submission, write: SESAnswer.bulkSent)
            ),
            FrontRoute(.get, "/v2/email/account", scope: nil, .answer { call in SESAnswer.account(call) }),
            FrontRoute(.post, "/", scope: .send, .submit(read: SESForm.submission, write: SESForm.sent)),
        ]
    }

    package func credential(_ call: FrontCall) throws(Refusal) -> FrontCredential {
        let signature = try SESSignature(call)
        return .signature(
            FrontSignature(keyID: signature.keyID) { call, secrets throws(Refusal) in
                try signature.check(call, secrets: secrets)
            }
        )
    }

    package func refusal(_ problem: Problem, _ call: FrontCall) -> Reply {
        let error = SESError(problem)
        return call.isVersion1 ? SESForm.reply(error, call) : SESAnswer.reply(error, call)
    }
}

extension FrontCall {
    private static let invocationID = ["amz-sdk-invocation-id", "aws-sdk-invocation-id"]

    /// True for calls to the root, which have no path of their own.
    var isVersion1: Bool {
        let segments = path.split(separator: "/")
        return segments.isEmpty || segments == ["ses"]
    }

    /// What the SDKs of AWS keep the same when they repeat a call; nil beside an `Idempotency-Key`, which counts in its place.
    var invocationKey: String? {
        guard fields[.idempotencyKey] == nil else { return nil }
        let given = Self.invocationID.lazy.compactMap { HTTPField.Name($0).flatMap { fields[$0] } }.first
        return given.flatMap { $0.isEmpty || $0.utf8.count > 128 ? nil : "\(Self.invocationID[0]):\($0)" }
    }
}

extension FrontSubmission {
    /// SDKs repeat a call within seconds.
    private static let repeatsKept = Duration.seconds(600)

    /// The messages of a call that SDKs of AWS repeat by themselves.
    init(_ messages: [FrontMessage], of call: FrontCall) {
        self.init(messages, isAllOrNothing: true)
        guard let key = call.invocationKey else { return }
        (idempotencyKey, kept) = (key, Self.repeatsKept)
    }
}
