// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics

/// What is wrong with a command line, told with the help that shows the right one.
struct UsageFault {
    /// The commands that were found, the program first.
    let path: [String]
    /// The word where a command was due, when there is none of that name.
    let unknown: String?
    /// The names of the commands that may stand there.
    let known: [String]

    init(_ arguments: [String], root: any ParsableCommand.Type) {
        var command: any ParsableCommand.Type = root
        var path = [root._commandName]
        var unknown: String?
        for argument in arguments {
            let children = command.configuration.subcommands
            if children.isEmpty || argument.hasPrefix("-") { break }
            guard let child = children.first(where: { $0._commandName == argument }) else {
                // `help` is a command that every program has.
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

    /// One line; `words` is what the parser says.
    func line(_ words: String) -> String {
        let help = "see `\(path.joined(separator: " ")) --help`"
        guard let unknown else { return "\(words); \(help)" }
        let nearest = NearestName.of(unknown, among: known).map { "did you mean `\($0)`?" }
        let remedy = nearest ?? "there are \(known.joined(separator: ", "))"
        return
            "there is no command `\(path.joined(separator: " ")) \(MessageText.printable(unknown))`; \(remedy); \(help)"
    }
}
