// SPDX-License-Identifier: Apache-2.0
package import Queue

extension SubmissionPath {
    package static let resend = SubmissionPath(rawValue: "resend")
    package static let sendgrid = SubmissionPath(rawValue: "sendgrid")
    package static let ses = SubmissionPath(rawValue: "ses")
    package static let postmark = SubmissionPath(rawValue: "postmark")
    package static let mailgun = SubmissionPath(rawValue: "mailgun")
}
