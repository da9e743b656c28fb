// SPDX-License-Identifier: Apache-2.0
import Delivery
import Testing

@testable import Providers

/// A plugin as the machine sees it: what happens, and what the gateway does then.
private struct PluginTale {
    private(set) var machine = PluginMachine(hello: Array("hello".utf8))
    private(set) var now = ContinuousClock.now
    private(set) var launches = 0
    private(set) var written: [Int] = []
    private(set) var ends: [Int: String] = [:]
    private(set) var did: [String] = []

    static let hello = #"{"hello":{"protocol":1,"capabilities":["attachments"],"concurrency":2}}"#

    mutating func play(_ step: (inout PluginMachine, ContinuousClock.Instant) -> [PluginMachine.Action]) {
        for action in step(&machine, now) {
            switch action {
            case .launch: launches += 1
            case .write(_, let number): written.append(number)
            case .closeInput: did.append("close")
            case .terminate: did.append("term")
            case .kill: did.append("kill")
            case .stopped: did.append("stopped")
            case .finish(let call, .success): ends[call] = "ok"
            case .finish(let call, .failure(let error)): ends[call] = error.kind.name
            case .said, .failed, .note: break
            }
        }
    }

    mutating func start() { play { $0.start(now: $1) } }
    mutating func say(_ line: String) { play { $0.output(Array("\(line)\n".utf8), now: $1) } }
    mutating func end() { play { $0.ended("exit code 1", now: $1) } }

    mutating func call(_ number: Int, isProbe: Bool = false) {
        play { $0.call(number, isProbe: isProbe, line: [], timeout: .seconds(30), now: $1) }
    }

    mutating func wrote(_ number: Int) {
        play { machine, _ in
            machine.wrote(number)
            return []
        }
    }

    mutating func wait(_ span: Duration) {
        now += span
        play { $0.tick(now: $1) }
    }

    /// A plugin that is ready and has read call 1, while call 2 is still being written and call 3 waits.
    static func busy() -> PluginTale {
        var tale = PluginTale()
        tale.start()
        tale.say(hello)
        for number in 1...3 { tale.call(number) }
        tale.wrote(1)
        return tale
    }
}

struct PluginMachineTests {
    @Test func concurrencyOfTheHelloBoundsTheCalls() {
        var tale = PluginTale.busy()
        #expect(tale.written == [0, 1, 2])
        tale.say(#"{"call":1,"accepted":{}}"#)
        #expect(tale.written == [0, 1, 2, 3])
        #expect(tale.ends == [1: "ok"])
    }

    @Test func answersComeInAnyOrder() {
        var tale = PluginTale.busy()
        tale.wrote(2)
        tale.say(#"{"call":2,"failed":{"kind":"rejected"}}"# + "\n" + #"{"call":1,"accepted":{"id":"a"}}"#)
        #expect(tale.ends == [1: "ok", 2: "ok"])
    }

    /// Each of these ends the plugin: what it has read is uncertain, the rest is sent again.
    @Test(arguments: [
        "garbage", "", "[]", "{}", "null", #"{"call":1}"#, #"{"call":"1","accepted":{}}"#, #"{"call":1.5,"ok":{}}"#,
        #"{"call":9,"accepted":{}}"#, #"{"call":2,"accepted":{}}"#, #"{"call":3,"accepted":{}}"#,
        #"{"call":1,"ok":{}}"#,
        #"{"call":1,"accepted":{"id":7}}"#, #"{"call":1,"accepted":{"refused":[{}]}}"#,
        #"{"call":1,"accepted":[]}"#, #"{"call":1,"accepted":{},"failed":{"kind":"transient"}}"#,
        #"{"call":1,"failed":{"kind":"odd"}}"#, #"{"call":1,"failed":{"kind":"rejected","scope":"world"}}"#,
        #"{"call":1,"failed":{"kind":"rate_limited","retry_after":"soon"}}"#, PluginTale.hello,
        "{\"call\":1,\"accepted\":{}}\u{0}",
    ])
    func whatIsNoAnswerEndsThePlugin(_ line: String) {
        var tale = PluginTale.busy()
        tale.say(line)
        #expect(tale.did == ["kill"])
        // Nothing that comes later is believed.
        tale.say(#"{"call":1,"accepted":{}}"#)
        #expect(tale.ends.isEmpty)
        tale.end()
        #expect(tale.ends == [1: "uncertain", 2: "transient", 3: "transient"])
        #expect(tale.launches == 1)
        tale.wait(PluginMachine.firstRest)
        #expect(tale.launches == 2)
    }

    @Test func sameAnswerTwiceEndsThePlugin() {
        var tale = PluginTale.busy()
        for _ in 1...2 { tale.say(#"{"call":1,"accepted":{}}"#) }
        #expect(tale.did == ["kill"])
        #expect(tale.ends == [1: "ok"])
    }

    @Test func longLineEndsThePluginAlsoWhenItIsWhole() {
        var tale = PluginTale.busy()
        tale.say(String(repeating: " ", count: PluginProtocol.longestAnswer) + #"{"call":1,"accepted":{}}"#)
        #expect(tale.did == ["kill"])
        #expect(tale.ends.isEmpty)
    }

    @Test func endlessLineEndsThePluginBeforeItsEnd() {
        var tale = PluginTale.busy()
        let part = [UInt8](repeating: 0x20, count: 65_536)
        var count = 0
        while tale.did.isEmpty, count < 100 << 20 {
            tale.play { $0.output(part, now: $1) }
            count += part.count
        }
        #expect(count <= PluginProtocol.longestAnswer + part.count)
    }

    @Test func deathDecidesByWhatWasWritten() {
        var tale = PluginTale.busy()
        tale.wrote(2)
        tale.say(#"{"call":2,"accepted":{}}"#)
        tale.end()
        #expect(tale.ends == [1: "uncertain", 2: "ok", 3: "transient"])
        // Until it runs again, nothing is handed over.
        tale.call(4)
        #expect(tale.ends[4] == "transient")
    }

    @Test func hangEndsThePluginButItsLastAnswersCount() {
        var tale = PluginTale.busy()
        tale.wait(.seconds(29))
        #expect(tale.did.isEmpty)
        tale.wait(.seconds(1))
        #expect(tale.did == ["kill"])
        tale.say(#"{"call":1,"accepted":{}}"#)
        tale.end()
        #expect(tale.ends == [1: "ok", 2: "transient", 3: "transient"])
    }

    @Test func processThatCannotBeKilledHoldsUpNoAttempt() {
        var tale = PluginTale.busy()
        tale.wait(.seconds(30))
        tale.wait(.seconds(10))
        #expect(tale.ends == [1: "uncertain", 2: "uncertain", 3: "transient"])
    }

    @Test(arguments: ["input", "output"]) func closedPipeEndsThePlugin(_ what: String) {
        var tale = PluginTale.busy()
        tale.play { $0.closed(what, now: $1) }
        // A program that ends closes them first: what it wrote before counts.
        tale.say(#"{"call":1,"accepted":{}}"#)
        #expect(tale.ends == [1: "ok"])
        tale.call(4)
        #expect(tale.ends[4] == "transient")
        tale.wait(.seconds(1))
        #expect(tale.did == ["kill"])
    }

    @Test func helloIsDueWithinTenSeconds() {
        var tale = PluginTale()
        // The first call starts the plugin and waits for its hello.
        tale.call(1, isProbe: true)
        #expect(tale.launches == 1)
        #expect(tale.written == [0])
        tale.wait(.seconds(10))
        tale.end()
        #expect(tale.ends == [1: "transient"])
    }

    @Test(arguments: [
        #"{"hello":{"protocol":2}}"#, #"{"hello":{"protocol":"1"}}"#, #"{"hello":{"protocol":1,"capabilities":"all"}}"#,
        #"{"hello":{"protocol":1,"capabilities":[1]}}"#, #"{"hello":{"protocol":1,"concurrency":0}}"#,
        #"{"hello":{"protocol":1,"concurrency":"8"}}"#, #"{"call":1,"ok":{}}"#,
    ])
    func badHelloEndsThePlugin(_ line: String) {
        var tale = PluginTale()
        tale.start()
        tale.say(line)
        #expect(tale.did == ["kill"])
    }

    @Test func restsGrowFromASecondToAMinuteAndStartOverAfterAGoodRun() {
        var tale = PluginTale()
        tale.start()
        var rests: [Duration] = []
        for run in 1...9 {
            tale.say(PluginTale.hello)
            if run == 9 { tale.wait(PluginMachine.goodRun) }
            tale.end()
            let launches = tale.launches
            var rest = Duration.zero
            while tale.launches == launches, rest < .seconds(100) {
                tale.wait(.seconds(1))
                rest += .seconds(1)
            }
            rests.append(rest)
        }
        #expect(rests.map(\.components.seconds) == [1, 2, 4, 8, 16, 32, 60, 60, 1])
    }

    @Test func missingProgramIsMisconfigured() {
        var tale = PluginTale()
        tale.call(1, isProbe: true)
        tale.play { $0.couldNotLaunch(ProgramFailure("/x is not there", isLasting: true), now: $1) }
        #expect(tale.ends == [1: "misconfigured"])
    }

    @Test func cancelledCallEndsAndItsAnswerIsStillExpected() {
        var tale = PluginTale.busy()
        for number in [1, 3] { tale.play { $0.abandon(number, now: $1) } }
        #expect(tale.ends == [1: "uncertain", 3: "transient"])
        tale.say(#"{"call":1,"accepted":{}}"#)
        #expect(tale.did.isEmpty)
        // The one that never comes counts as a hang.
        tale.play { $0.abandon(2, now: $1) }
        tale.wait(.seconds(30))
        #expect(tale.did == ["kill"])
    }

    @Test func stopClosesTheInputThenAsksThenKills() {
        var tale = PluginTale.busy()
        tale.play { $0.stop(afterCalls: false, now: $1) }
        #expect(tale.did == ["close"])
        tale.say(#"{"call":1,"accepted":{}}"#)
        tale.wait(.seconds(5))
        tale.wait(.seconds(2))
        #expect(tale.did == ["close", "term", "kill"])
        tale.end()
        #expect(tale.did.last == "stopped")
        #expect(tale.ends == [1: "ok", 2: "transient", 3: "transient"])
        tale.wait(.seconds(100))
        tale.call(4)
        #expect(tale.launches == 1)
    }

    @Test func changeOfSettingsLetsTheLastCallsEnd() {
        var tale = PluginTale.busy()
        tale.wrote(2)
        tale.play { $0.stop(afterCalls: true, now: $1) }
        tale.call(4)
        #expect(tale.ends == [4: "transient"])
        tale.say(#"{"call":1,"accepted":{}}"#)
        tale.wrote(3)
        for number in 2...3 { tale.say(#"{"call":\#(number),"accepted":{}}"#) }
        #expect(tale.did == ["close"])
        tale.end()
        #expect(tale.did == ["close", "stopped"])
    }

    @Test func stopWithoutAProgramIsDoneAtOnce() {
        var tale = PluginTale()
        tale.play { $0.stop(afterCalls: true, now: $1) }
        tale.start()
        #expect(tale.did == ["stopped"])
        #expect(tale.launches == 0)
    }
}
