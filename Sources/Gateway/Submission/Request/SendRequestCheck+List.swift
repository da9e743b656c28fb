// SPDX-License-Identifier: Apache-2.0
import Feedback
import Mail
import Queue

extension SendRequestCheck {
    /// The list of the message: that of the request, else that of its template.
    mutating func checkedList(of template: (any MailTemplate)?, _ recipients: [Recipient]) -> String? {
        let isNamed = isGiven("list", request.list)
        let list = isNamed ? checkedWord(request.list, "list") : template?.list
        if !isNamed, list == nil, let template, template.needsList {
            faults.invalid(
                place("list"),
                "is required: the template \(template.name) shows {{unsubscribe_url}}, and names no list itself"
            )
        }
        guard let list else { return nil }
        if recipients.count > 1 {
            faults.invalid(
                place("to"),
                "a message of a list goes to one recipient, whose link unsubscribes them alone; found \(recipients.count)"
            )
        }
        let source = place(isNamed ? "list" : "template")
        if !context.canSeal {
            faults.invalid(
                source,
                "mail of a list needs the operator to set `sealing_key`, which its links are sealed with"
            )
        }
        if let fault = UnsubscribeLinks.fault(publicURL: context.settings.publicURL) { faults.invalid(source, fault) }
        return list
    }
}
