// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics

/// A fault in a command line, reported with the help of the right command.
struct UsageFault {
    /// The parsed commands, the program first.
    let path: [String]
    /// The unknown word in the place of a command; nil when there is none.
    let unknown: String?
    /// The names of the possible commands.
    let known: [String]

    init(_ arguments: [String], root: any ParsableCommand.Type) {
        var command: any ParsableCommand.Type = root
        var path = [root._commandName]
        var unknown: String?
        for argument in arguments {
            let children = command.configuration.subcommands
            if children.isEmpty || argument.hasPrefix("-") { break }
            guard let child = children.first(where: { $0._commandName == argument }) else {
                // Every program has the command `help`.
                if argument != "help" { unknown = argument }
                break
            }
            command = child
            path.append(argument)
        }
        self.path = path
        self.unknown = unknown
        let children = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        known = children.map { $0._commandName }
    }

    /// One line; `words` is the parser's message.
    func line(_ words: String) -> String {
        let help = "see `\(path.joined(separator: " ")) --help`"
        guard let unknown else { return "\(words); \(help)" }
        let nearest = NearestName.of(unknown, among: known).map { "did you mean `\($0)`?" }
        let remedy = nearest ?? "there are \(known.joined(separator: ", "))"
        return
            "there is no command `\(path.joined(separator: " ")) \(MessageText.printable(unknown))`; \(remedy); \(help)"
    }
}
