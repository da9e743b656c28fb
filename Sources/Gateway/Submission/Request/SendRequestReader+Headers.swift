// SPDX-License-Identifier: Apache-2.0
import JSON

extension SendRequestReader {
    mutating func readHeaders() -> [HeaderField] {
        guard let value = fields["headers"], let members = object(value, at: place("headers")) else { return [] }
        guard members.count <= HeaderField.countLimit else {
            faults.invalid(place("headers"), "at most \(HeaderField.countLimit) headers, found \(members.count)")
            return []
        }
        var headers: [HeaderField] = []
        for (name, value) in members {
            let here = place("headers").appending(name)
            guard let text = string(value, at: here) else { continue }
            do throws(HeaderFault) {
                headers.append(try HeaderField(name: name, value: text))
            } catch {
                faults.invalid(here, error.description)
            }
        }
        for (position, fault) in HeaderField.faults(in: headers) {
            let here = place("headers")
            faults.invalid(position.map { here.appending(headers[$0].name) } ?? here, fault.description)
        }
        return headers
    }

    /// Refuses what no provider of the message's route can express, and what is too large for any.
    mutating func checkCapabilities(_ request: StoredRequest) {
        if MessageSize.estimate(request) > MessageSize.limit { faults.isTooLarge = true }
        let needs = request.needs
        if needs.isEmpty { return }
        let offers = context.settings.capabilities(for: request.stream)
        if offers.isEmpty || offers.contains(where: needs.isSubset) { return }
        let lacking = Self.demands.filter { demand in
            needs.contains(demand.need) && !offers.contains { $0.contains(demand.need) }
        }
        // Each of them is offered by one provider, but no provider offers them together.
        let told = lacking.isEmpty ? Self.demands.filter { needs.contains($0.need) } : lacking
        let via = context.settings.routes.via(request.stream).providers.joined(separator: ", ")
        for demand in told {
            faults.invalid(place(demand.field), "no provider of the route (\(via)) can carry \(demand.words)")
        }
    }

    private static let demands: [(need: Capabilities, field: String, words: String)] = [
        (.attachments, "attachments", "attachments"),
        (.inlineImages, "attachments", "inline images"),
        (.customHeaders, "headers", "headers of the sender's own"),
        (.severalReplyTo, "reply_to", "several Reply-To addresses"),
        (.internationalAddresses, "to", "addresses with letters outside ASCII before the @ sign"),
        (.copies, "cc", "Cc and Bcc"),
    ]
}
