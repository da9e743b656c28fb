// SPDX-License-Identifier: Apache-2.0

/// All fronts of the gateway.
package enum Fronts {
    package static let all: [any Front] = [
        ResendFront(), SendGridFront(), SESFront(), PostmarkFront(), MailgunFront(),
    ]

    /// The names for `fronts:`, in the order of the documentation.
    package static let names = ["resend", "sendgrid", "ses", "postmark", "mailgun"]
}
