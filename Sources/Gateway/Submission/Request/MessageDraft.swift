// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
package import Queue

/// A checked send request that can be stored.
package struct MessageDraft: Sendable {
    package var request: StoredRequest
    /// The template that ``StoredRequest/Content/template(name:version:locale:data:)`` names.
    package var template: (any MailTemplate)?
    /// The values of secret variables, for ``SecretSealing`` only; empty when there are none.
    package var secrets: JSONObject
    /// The attachments that ``StoredRequest/attachments`` refers to.
    package var attachments: [ContentHash: [UInt8]]

    package init(
        request: StoredRequest,
        template: (any MailTemplate)? = nil,
        secrets: JSONObject = JSONObject(),
        attachments: [ContentHash: [UInt8]] = [:]
    ) {
        self.request = request
        self.template = template
        self.secrets = secrets
        self.attachments = attachments
    }
}

extension MessageDraft: CustomStringConvertible, CustomReflectable {
    /// Leaves out the content, so that no log can contain a secret.
    package var description: String { "MessageDraft(brand: \(request.brand))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
