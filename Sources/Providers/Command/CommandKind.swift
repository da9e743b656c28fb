// SPDX-License-Identifier: Apache-2.0
public import Gateway

extension ProviderKind {
    /// `kind: command`.
    public static let command = ProviderKind(
        "command",
        summary: "a program that takes the message on standard input, such as sendmail",
        defaultConcurrency: 4
    ) { (settings, _) throws(SettingsFault) in
        let words = settings.strings("run")
        let limit = settings.duration("timeout")
        if let limit, limit <= .zero { settings.note("a time limit is longer than nothing", key: "timeout") }
        guard let words, let program = words.first, program.hasPrefix("/") else {
            throw SettingsFault(
                at: settings.node("run")?.position ?? settings.position,
                path: settings.path.isEmpty ? "run" : "\(settings.path).run",
                problem: words == nil
                    ? "there is no program to run" : "the program needs its full path, for no shell looks for it",
                remedy: "write it like `run: [/usr/sbin/sendmail, -i]`"
            )
        }
        return CommandProvider(
            program: program,
            arguments: Array(words.dropFirst()),
            timeLimit: limit ?? CommandProvider.usualTimeLimit
        )
    }
}
