// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Foundation
import JSON

/// The content options of `send`: the fields of a send request.
struct SendContentOptions: ParsableArguments {
    @Option(name: .long, help: "Whom it goes to; may be repeated.")
    var to: [String] = []
    @Option(name: .long, help: "A further recipient that all see; may be repeated.")
    var cc: [String] = []
    @Option(name: .long, help: "A further recipient whom the others do not see; may be repeated.")
    var bcc: [String] = []
    @Option(name: .long, help: "Where answers go; may be repeated.")
    var replyTo: [String] = []
    @Option(name: .long, help: "The sender (else the brand's).")
    var from: String?
    @Option(name: .long, help: "The template's name.")
    var template: String?
    @Option(name: .long, help: "A JSON file with the template's variables, - for standard input.")
    var data: String?
    @Option(name: .long, help: "The language, such as fr or fr-CA.")
    var locale: String?
    @Option(name: .long, help: "The brand (else the default one).")
    var brand: String?
    @Option(name: .long, help: "The subject of a message without a template.")
    var subject: String?
    @Option(name: .long, help: "A file with the HTML part of a message without a template.")
    var html: String?
    @Option(name: .long, help: "A file with the text part of a message without a template, - for standard input.")
    var text: String?
    @Option(name: .long, help: "A file to attach; may be repeated.")
    var attach: [String] = []
    @OptionGroup var delivery: SendDeliveryOptions

    func validate() throws {
        if to.isEmpty, cc.isEmpty, bcc.isEmpty { throw ValidationError("Missing expected option '--to <to>'") }
        if template == nil, subject == nil {
            throw ValidationError("Name a template (--template), or give a subject with --html or --text.")
        }
        let inputs = [("--data", data), ("--html", html), ("--text", text)].filter { $0.1 == "-" }.map(\.0)
        if inputs.count > 1 {
            throw ValidationError(
                "Standard input is one text: only one of \(inputs.joined(separator: " and ")) can be -."
            )
        }
    }

    /// The body of the request; reads the files.
    func request() throws(CommandFailure) -> JSON {
        var body = JSONObject()
        for (name, values) in [("to", to), ("cc", cc), ("bcc", bcc), ("reply_to", replyTo)] where !values.isEmpty {
            body[name] = .array(values.map(JSON.string))
        }
        for (name, value) in [
            ("from", from), ("template", template), ("locale", locale), ("brand", brand), ("subject", subject),
        ] {
            body[name] = value.map(JSON.string)
        }
        try delivery.add(to: &body)
        if let data { body["data"] = try InputFile.json(data) }
        if let html { body["html"] = .string(try InputFile.text(html)) }
        if let text { body["text"] = .string(try InputFile.text(text)) }
        var files: [JSON] = []
        for path in attach {
            let name = URL(filePath: path).lastPathComponent
            files.append(["filename": .string(name), "content": .string(Base64.encode(try InputFile.bytes(path)))])
        }
        if !files.isEmpty { body["attachments"] = .array(files) }
        return .object(body)
    }
}
