// SPDX-License-Identifier: Apache-2.0
internal import Mail
internal import Queue
import Submission

extension MessageFilter {
    /// Reads the filter from the query of a call; messages that the key may not see are left out.
    init(_ call: Call) throws(Refusal) {
        let known = [
            "state", "to", "brand", "category", "provider", "tag", "subject", "since", "until", "after", "limit",
        ]
        var query = Query(call.query, known: known)
        self.init(limit: query.limit())
        let states = MessageState.allCases.map(\.rawValue).joined(separator: ", ")
        self.states = query.value("state", "one of \(states)") { MessageState(rawValue: $0).map { [$0] } }
        // The reason does not matter: the parameter is reported as invalid.
        to = query.value("to", "a mail address") { try? EmailAddress(parsing: $0) }
        brand = query.text("brand")
        category = query.text("category")
        provider = query.text("provider")
        tag = query.text("tag")
        subject = query.text("subject", maximum: 998)
        since = query.moment("since")
        until = query.moment("until")
        after = query.text("after", maximum: 512)
        try query.check()
        visibleBrands = call.principal.brands
    }
}
