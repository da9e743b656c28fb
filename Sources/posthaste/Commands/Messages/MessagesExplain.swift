// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import JSON
import Queue
import Submission

struct MessagesExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Why a message goes the way it goes, why it waits, and what happens next.",
        discussion: "Works from the store. The circuits of a running gateway are in GET /v1/messages/ID/explain."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var message: MessageOptions

    func run() async throws {
        let gateway = try await CommandLineGateway.open(config)
        let record = try await gateway.message(message.id)
        let explanation = try await gateway.report().explain(record)
        if output.json { return Terminal.json(MessageView.explanation(record, explanation)) }
        var rows = [
            ("state", record.state.rawValue),
            ("brand", "\(record.brand), \(brandRule(record, gateway.config.settings))"),
            ("route", "\(explanation.rule): \(explanation.via.joined(separator: ", then "))"),
            ("provider", explanation.provider ?? "none"),
        ]
        if case .template(let name, let version, let locale, let data)? = record.request?.content {
            rows.append(
                (
                    "template",
                    "\(name)\(locale.map { " in \($0)" } ?? ""), version \(version), the newest when it was accepted"
                )
            )
            for (name, value) in LateBinding.values(of: data) { rows.append((name, value.string ?? "")) }
        }
        rows.append(("why", explanation.why))
        if let next = explanation.next {
            rows.append(("next", explanation.nextAt.map { "\(next), at \($0)" } ?? next))
        }
        for (name, value) in rows { Terminal.line(MessageText.printable(MessageText.row(name, value))) }
    }

    private func brandRule(_ record: MessageRecord, _ settings: GatewaySettings) -> String {
        record.brand == settings.defaultBrand ? "which is the default" : "as the request asked"
    }
}
