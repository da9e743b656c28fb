// SPDX-License-Identifier: Apache-2.0
import Foundation
import Providers
import Testing

/// Programs that are not mail providers.
@Suite(.timeLimit(.minutes(5))) struct CommandCallTests {
    private func ending(_ script: String, input: String = "", limit: Duration = .seconds(600)) async -> String? {
        await CommandCall.ending(["/bin/sh", "-c", script], input: Array(input.utf8), timeLimit: limit)
    }

    @Test func programGetsItsInputAndEndsWell() async {
        #expect(await ending(#"read line; test "$line" = '{"what":"x"}'"#, input: "{\"what\":\"x\"}\n") == nil)
    }

    @Test(arguments: [
        ("echo no pager >&2; exit 3", "it ended with exit code 3: no pager"), ("exit 1", "it ended with exit code 1"),
        ("kill -9 $$", "it was ended by signal 9"),
    ])
    func badEndingIsToldWithTheWordsOfTheProgram(script: String, words: String) async {
        #expect(await ending(script) == words)
    }

    @Test func programThatHangsIsEnded() async {
        #expect(await ending("sleep 3600", limit: .milliseconds(50)) == "it did not end within 0.05 seconds")
    }

    @Test func programThatIsNotThereIsNamed() async {
        let ending = await CommandCall.ending(["/nowhere/page"], input: [], timeLimit: .seconds(600))
        #expect(ending == "/nowhere/page cannot be run")
        #expect(await CommandCall.ending([], input: [], timeLimit: .seconds(600)) != nil)
    }
}
