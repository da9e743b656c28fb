// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct TemplatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "templates",
        abstract: "Work on templates without a server.",
        subcommands: [
            TemplatesList.self, TemplatesLint.self, TemplatesRender.self, TemplatesNew.self, TemplatesTest.self,
            TemplatesPreview.self, TemplatesEval.self,
        ]
    )
}
